import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { demonstrationChain } from '../../infra/local/demo/chain.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { SECRET, webhookFixture, type Fixture } from '../support/webhook-fixture.ts';

const { stores, products } = demonstrationChain(5);
/** The page says that its examples are of the demonstration. */
const DEMONSTRATION = indexCatalog(
  stores.map(({ store }) => store),
  products,
);

/** docs/terminals.md, taken at its word. */
const page = resolve(__dirname, '../../docs/terminals.md');
const hasTools = ['curl', 'openssl'].every((tool) => spawnSync('which', [tool]).status === 0);
if (!hasTools) console.warn('SKIPPED: curl and openssl are needed to try the example of docs/terminals.md');

async function blocks(language: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(
    (match) => match[1] ?? '',
  );
}

test('the events on the page are accepted without a warning', async () => {
  const [sale = '', , others = ''] = await blocks('json');
  const till = webhookFixture({ catalog: DEMONSTRATION });
  till.clock.nowMs = Date.parse('2026-03-02T20:00:00Z');
  for (const [body, accepted] of [
    [sale, 1],
    [others, 4],
  ] as const) {
    const answer = await till.post(body);
    expect(JSON.parse(answer.body)).toEqual({ accepted, rejected: [], warnings: [] });
  }
});

(hasTools ? test : test.skip)('the example works with curl and openssl, as it stands', async () => {
  const [sale = '', expected = ''] = await blocks('json');
  const [script = ''] = await blocks('sh');
  const folder = await mkdtemp(join(tmpdir(), 'tillstream-page-'));
  const till = webhookFixture({ catalog: DEMONSTRATION });
  till.clock.nowMs = Date.now();
  const server = await serve(till);
  try {
    await writeFile(join(folder, 'sale.json'), sale);
    const { port } = server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: {
        ...process.env,
        TILLSTREAM_URL: `http://127.0.0.1:${port}`,
        TILLSTREAM_SECRET: SECRET,
        no_proxy: '127.0.0.1',
      },
    });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(expected));
    expect(till.hub).toHaveLength(1);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

function serve(till: Fixture): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      // The fixture would sign by itself; here the page has to.
      if (!headers['webhook-signature']) {
        response.writeHead(400).end();
        return;
      }
      void till
        .post(Buffer.concat(chunks), { headers })
        .then(({ status, body }) => response.writeHead(status).end(body));
    });
  });
  return new Promise((resolveServer) => {
    server.listen(0, '127.0.0.1', () => resolveServer(server));
  });
}
