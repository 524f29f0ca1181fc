/** The endpoint in a process of its own, to separate its CPU time and memory from the client's. */
import { startEventHubsServer } from '../../infra/local/event-hubs/server.ts';

async function main(): Promise<void> {
  const [dataDir = '', durability] = process.argv.slice(2);
  const server = await startEventHubsServer({
    dataDir,
    port: 0,
    durability: durability === 'machine' ? 'machine' : 'process',
    log: (line) => console.error(line),
    hubs: [{ name: 'bench', partitionCount: 4, consumerGroups: [] }],
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    globalThis.gc?.();
    process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage().rss });
  });
  process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
  process.send?.({ connectionString: server.connectionString });
}

void main();
