import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_CODES, openApiAnswer } from '../../functions/webhooks/openapi.ts';
import { alive, createHealth } from '../../functions/webhooks/health.ts';
import { unknownPath } from '../../functions/webhooks/unknown-path.ts';
import { SOURCES } from '../../shared/pos/sources/registry.ts';
import { traceparentOf } from '../../shared/pos/traceparent.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly post?: { readonly security: readonly object[] } }>>;
  readonly components: {
    readonly securitySchemes: object;
    readonly schemas: Readonly<
      Record<
        string,
        { anyOf?: Array<{ oneOf?: Array<{ required: string[]; properties: object }> }>; required?: string[] }
      >
    >;
  };
}
const text = () => openApiAnswer('https://till.example', SOURCES).body;
/** The pinned linter's findings. */
const lint = (source: string) =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, '../fixtures/lint-openapi.ts')], {
      input: source,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', REDOCLY_TELEMETRY: 'off' },
    }),
  ) as Array<{ ruleId: string; message: string; at?: string }>;
const document = () => JSON.parse(text()) as Document;

describe('/openapi.json', () => {
  test('describes the format that is checked', () => {
    const { openapi, paths, components } = document();
    expect(openapi).toBe('3.1.0');
    for (const { source } of SOURCES) {
      expect(paths[`/webhooks/${source}`]?.post?.security).toHaveLength(1);
      expect(paths[`/webhooks/${source}/{sender}`]?.post?.security).toHaveLength(1);
    }
    const transaction = components.schemas['Body']?.anyOf?.[0]?.oneOf?.[0];
    expect(transaction?.required).toEqual(
      expect.arrayContaining(['id', 'kind', 'storeId', 'tillId', 'lines', 'totals']),
    );
    expect(transaction?.required).not.toContain('offline');
    expect(Object.keys(transaction?.properties ?? {})).not.toContain('eventId');
    expect(text().length).toBeLessThan(200_000);
  });

  test('has neither an error nor a warning for a public linter', () => {
    expect(lint(text())).toEqual([]);
  });

  test('the linter of this test finds faults', () => {
    const broken = text().replace('"operationId":"health"', '"operationId":"live"');
    expect(lint(broken).map(({ ruleId }) => ruleId)).toContain('operation-operationId-unique');
  });

  test('lists every problem that the webhooks answer with', () => {
    const folder = join(__dirname, '../../functions/webhooks');
    const listed = new Set<string>(Object.values(PROBLEM_CODES).flat());
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const used = files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/problem\(\{[^}]*code: '([a-z-]+)'/g)].map(
        ([, code]) => code ?? '',
      ),
    );
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((code) => !listed.has(code))).toEqual([]);
  });

  test("the 422's body is as it is described", async () => {
    const till = webhookFixture();
    const answer = await till.post(JSON.stringify(wireSale({ tillId: undefined })));
    expect(answer.status).toBe(422);
    const schema = document().components.schemas['NothingAccepted'];
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    expect(Object.keys(body)).toEqual(expect.arrayContaining(schema?.required ?? ['?']));
  });
});

describe('paths that are not there', () => {
  test.each([
    ['POST', 'http://x/webhook/tillstream', 404, 'unknown-path'],
    ['GET', 'http://x/', 404, 'unknown-path'],
    ['GET', 'no address', 404, 'unknown-path'],
    ['GET', 'http://x/webhooks/tillstream', 405, 'method-not-allowed'],
    ['POST', 'http://x/health', 405, 'method-not-allowed'],
  ])('%s %s: a problem that says where to look', (method, url, status, code) => {
    const answer = unknownPath(method, url);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({
      status,
      code,
      detail: expect.stringMatching(/openapi/) as string,
    });
  });
});

describe('paths that are not there, for a browser', () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';

  test('are a page', () => {
    const answer = unknownPath('GET', 'http://x/finanze/2026', accept);
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(answer.body).toMatch(/<h1>Not found<\/h1>/);
  });

  test('and an address that takes another method stays a problem', () => {
    expect(unknownPath('GET', 'http://x/webhooks/square', accept).status).toBe(405);
  });

  test.each(['application/json', '*/*', ''])('for who accepts %j they are a problem', (other) => {
    expect(unknownPath('GET', 'http://x/finanze/2026', other).headers['content-type']).toBe(
      'application/problem+json',
    );
  });
});

describe('health', () => {
  const ok = () => Promise.resolve();
  const away = () => Promise.reject(new Error('away'));
  const ask = async (hub: typeof ok, spillQueue: typeof ok, secrets: typeof ok) => {
    const health = createHealth({
      durable: { hub, spillQueue },
      needed: { secrets },
      state: () => ({ hubCircuit: 'open' }),
      clock: () => 0,
    });
    const { status, body } = await health();
    return [status, (JSON.parse(body) as { status: string }).status];
  };

  test('ready while one durable place accepts, with the state in the body', async () => {
    expect(await ask(ok, ok, ok)).toEqual([200, 'healthy']);
    expect(await ask(away, ok, ok)).toEqual([200, 'degraded']);
    expect(await ask(ok, away, ok)).toEqual([200, 'degraded']);
    expect(await ask(away, away, ok)).toEqual([503, 'unavailable']);
    expect(await ask(ok, ok, away)).toEqual([503, 'unavailable']);
  });

  test('alive whatever is away', () => {
    expect(alive()).toMatchObject({ status: 200, body: '{"status":"alive"}' });
  });
});

describe('traceparent', () => {
  const hex = (bytes: number) => 'ab'.repeat(bytes);
  const fresh = `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01`;
  const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test.each([
    ['a valid one goes on', given, given],
    ['a later version goes on as ours', `01-${given.slice(3)}-what`, given],
    ['none', undefined, fresh],
    ['a forbidden version', given.replace('00-4', 'ff-4'), fresh],
    ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, fresh],
    ['too much for its version', `${given}-what`, fresh],
    ['nonsense', 'hello', fresh],
  ])('%s', (_name, header, expected) => {
    expect(traceparentOf(header, hex)).toBe(expected);
  });
});
