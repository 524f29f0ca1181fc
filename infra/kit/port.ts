import { createServer } from 'node:net';
import { UsageError } from './usage-error.ts';

/**
 * Binds the port briefly, because some addresses must be known before their server starts. 0 becomes a free port.
 * @throws UsageError that names the option, when the port is taken.
 */
export function portToUse(port: number, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      const why = error.code === 'EACCES' ? 'may not be used' : 'is taken';
      return reject(
        new UsageError(
          `Port ${port} ${why}. Choose another with ${option}, or use ${option} 0 for a free one.`,
        ),
      );
    });
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const free = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(free));
    });
  });
}
