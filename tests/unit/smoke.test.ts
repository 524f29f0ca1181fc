import { smoke, type SmokeParts } from '../../infra/smoke/follow.ts';
import { landedLine } from '../../shared/pos/landing-line.ts';
import { SECRET, webhookFixture, type Fixture } from '../support/webhook-fixture.ts';

/** The smoke test against the real webhook on fakes; landing happens while it waits. */
function world(fixture: Fixture, change: Partial<SmokeParts> = {}): { parts: SmokeParts; said: string[] } {
  const said: string[] = [];
  const blobs = new Map<string, string[]>([
    ['0/00000000000000000000.ndjson.gz', ['{"event":{"eventId":"other"}}']],
  ]);
  const parts: SmokeParts = {
    async fetch(url, init) {
      if (url.endsWith('/health')) return new Response('{"status":"healthy"}');
      const headers = Object.fromEntries(new Headers(init?.headers).entries());
      const answer = await fixture.post(init?.body as string, { headers });
      return new Response(answer.body, { status: answer.status });
    },
    secret: SECRET,
    clock: () => fixture.clock.nowMs,
    pause(durationMs) {
      fixture.clock.nowMs += durationMs;
      const lines = fixture.hub.map(({ body }, index) => {
        const { line } = landedLine('0', {
          sequenceNumber: index,
          enqueuedAt: '2026-03-02T12:00:00.000Z',
          body,
        });
        return line.toString('utf8');
      });
      blobs.set('0/00000000000000000001.ndjson.gz', lines);
      return Promise.resolve();
    },
    blobsOf: () => Promise.resolve([...blobs.keys()]),
    async *lines(name) {
      yield await Promise.resolve(blobs.get(name) ?? []);
    },
    say: (line) => void said.push(line),
    ...change,
  };
  return { parts, said };
}

const OPTIONS = { url: 'https://till.example', storeId: 'berlin-1', id: 'smoke-1', timeoutMs: 60_000 };

test('sends an event that the webhook accepts, and finds it landed', async () => {
  const fixture = webhookFixture();
  const { parts, said } = world(fixture);
  await expect(smoke(parts, OPTIONS)).resolves.toBe('0/00000000000000000001.ndjson.gz');
  expect(fixture.events()).toMatchObject([{ eventId: 'tillstream:smoke-1', kind: 'drawer' }]);
  expect(said.at(-1)).toContain('landed in 0/00000000000000000001.ndjson.gz');
});

test('its event counts nowhere: it is a training event, and no quality issue where the store is known', async () => {
  const fixture = webhookFixture();
  await smoke(world(fixture).parts, OPTIONS);
  const [event] = fixture.events();
  expect(event?.training).toBe(true);
  expect(event?.quality).toBeUndefined();
});

test('a wrong secret gives a clear error', async () => {
  const wrong = `whsec_${Buffer.alloc(32).toString('base64')}`;
  const { parts } = world(webhookFixture(), { secret: wrong });
  await expect(smoke(parts, OPTIONS)).rejects.toMatchObject({
    code: 'not-accepted',
    message: expect.stringContaining('401') as unknown,
  });
});

test('an event that never lands points to the runbook', async () => {
  const { parts } = world(webhookFixture(), { blobsOf: () => Promise.resolve([]) });
  await expect(smoke(parts, OPTIONS)).rejects.toMatchObject({
    code: 'not-landed',
    message: expect.stringContaining('lag.md') as unknown,
  });
});

test('an app that is not healthy is not sent anything', async () => {
  const fixture = webhookFixture();
  const { parts } = world(fixture, { fetch: () => Promise.resolve(new Response('{}', { status: 503 })) });
  await expect(smoke(parts, OPTIONS)).rejects.toMatchObject({ code: 'not-healthy' });
  expect(fixture.hub).toEqual([]);
});
