/** The local endpoint as the real .NET client sees it; skipped, out loud, where `dotnet` or its packages are not to be had. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HUB, Opened, PARTITIONS } from '../support/event-hubs-endpoint.ts';

const BUILD_TIMEOUT_MS = 170_000;

/** Builds the client outside the repository, so no build output lands among the sources. */
function buildClient(): { program: string; folder: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-dotnet-'));
  cpSync(join(process.cwd(), 'tests/fixtures/dotnet-event-hubs'), folder, { recursive: true });
  const { status, stdout, error } = spawnSync('dotnet', ['build', '-v', 'q', '-o', join(folder, 'out')], {
    cwd: folder,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
    env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
  });
  if (status === 0) return { program: join(folder, 'out', 'client.dll'), folder };
  rmSync(folder, { recursive: true, force: true });
  // A client that was restored and does not compile is our fault, not the machine's.
  if (/error CS\d+/.test(stdout ?? '')) throw new Error(stdout);
  console.log(
    `SKIPPED: the .NET client could not be built here (${error?.message ?? stdout.split('\n')[0]})`,
  );
  return undefined;
}

const client = buildClient();
const describeDotnet = client ? describe : describe.skip;

const opened = new Opened();
afterAll(async () => {
  await opened.closeAll();
  if (client) rmSync(client.folder, { recursive: true, force: true });
});

function run(program: string, args: readonly string[]): Promise<Map<string, unknown>> {
  return new Promise((resolve, reject) => {
    const child = spawn('dotnet', [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`${output}\n${errors}`));
      const lines = output.trim().split('\n');
      const said = lines.map((line) => JSON.parse(line) as { what: string; value: unknown });
      resolve(new Map(said.map(({ what, value }) => [what, value])));
    });
  });
}

describeDotnet('Azure.Messaging.EventHubs 5.12 for .NET', () => {
  test('describes, sends, receives and takes over a partition', async () => {
    const { connectionString } = await opened.server();
    const said = await run(client?.program ?? '', [connectionString, HUB]);
    expect(said.get('hub')).toEqual({
      Name: HUB,
      PartitionIds: Array.from({ length: PARTITIONS }, (_, id) => String(id)),
    });
    expect(said.get('partition')).toEqual({ Id: '1', IsEmpty: false, BeginningSequenceNumber: 0 });
    const received = said.get('received') as {
      partition: string;
      key: string | null;
      body: string;
      number: number | null;
    }[];
    expect(received.find(({ key }) => key === null)).toEqual({
      partition: '1',
      key: null,
      body: 'to partition 1',
      number: null,
    });
    const keyed = received.filter(({ key }) => key === 'store-7');
    expect(keyed.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(new Set(keyed.map(({ partition }) => partition)).size).toBe(1);
    expect(said.get('stolen')).toBe('ConsumerDisconnected');
    expect(said.get('no such partition')).toBe('ArgumentException');
  });
});
