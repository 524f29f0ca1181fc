import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newProgress, sendDay, type SendProgress } from '../../infra/local/demo/sender.ts';
import { connectTerminal, standardSigner } from '../../infra/local/demo/terminal-http.ts';
import type { DemoEvent, Mishap, WireEvent } from '../../infra/local/demo/wire.ts';
import { storeId } from '../../shared/ids.ts';
import { verifyStandardWebhook } from '../../shared/standard-webhooks.ts';

const SECRET = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const HOUR = 3_600_000;

/** A webhook that remembers which events it accepted, request by request. */
interface FakeWebhook {
  readonly url: string;
  readonly accepted: string[][];
  /** Answers the next requests with these instead. */
  readonly failures: number[];
  close(): Promise<void>;
}

async function fakeWebhook(): Promise<FakeWebhook> {
  const accepted: string[][] = [];
  const failures: number[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const header = (name: string) => request.headers[name] as string | undefined;
    try {
      verifyStandardWebhook({ header, body, secrets: [SECRET], nowMs: Date.now() });
    } catch {
      response.writeHead(401).end();
      return;
    }
    const failure = failures.shift();
    if (failure !== undefined) {
      response.writeHead(failure).end();
      return;
    }
    const parsed = JSON.parse(body.toString('utf8')) as { events?: { id: string }[]; id?: string };
    if (parsed.id?.endsWith('-faulty') === true) {
      response.writeHead(422).end();
      return;
    }
    accepted.push(parsed.events?.map(({ id }) => id) ?? [parsed.id ?? '']);
    response.writeHead(200).end(JSON.stringify({ accepted: 1, rejected: [] }));
  };
  const server: Server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/tillstream`,
    accepted,
    failures,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let webhook: FakeWebhook;
beforeEach(async () => {
  webhook = await fakeWebhook();
});
afterEach(() => webhook.close());

function event(
  id: string,
  sender: string,
  atMs: number,
  more: { mishap?: Mishap; afterAllOthers?: boolean } = {},
): DemoEvent {
  return {
    wire: { id, kind: 'transaction', offline: false, lines: [] } as unknown as WireEvent,
    storeId: storeId(sender.split('/')[0] ?? ''),
    sender,
    occurredAtMs: atMs,
    deliverAtMs: atMs,
    ...more,
  };
}

async function send(events: readonly DemoEvent[], progress = newProgress()): Promise<SendProgress> {
  const terminal = connectTerminal({
    url: webhook.url,
    contentType: 'application/json',
    sign: standardSigner(SECRET, Date.now),
    maxConnections: 4,
  });
  const { signal } = new AbortController();
  await sendDay({
    events,
    terminal,
    square: terminal,
    progress,
    speed: 'max',
    concurrency: 4,
    signal,
    afterStep: () => {},
  });
  terminal.close();
  return progress;
}

describe('the terminals of the demonstration', () => {
  it("keep each till's order, and send what is due at one time in one request", async () => {
    await send([
      event('a1', 'S/T1', 0),
      event('a2', 'S/T1', 1),
      event('b1', 'S/T2', 2),
      event('a3', 'S/T1', HOUR),
    ]);
    expect(webhook.accepted.flat().filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(webhook.accepted).toContainEqual(['a1', 'a2']);
    expect(webhook.accepted).toContainEqual(['b1']);
  });

  it('keep for later what fails three times, and lose nothing of it', async () => {
    webhook.failures.push(503, 503, 503, 503);
    const { counts, acknowledged } = await send([event('a1', 'S/T1', 0), event('a2', 'S/T1', HOUR)]);
    expect(webhook.accepted.flat()).toEqual(['a1', 'a2']);
    expect(counts).toMatchObject({ keptForLater: 1, requests: 7 });
    expect(acknowledged).toEqual({ 'S/T1': 2 });
  });

  it('come back after the rate limit without giving up', async () => {
    webhook.failures.push(429, 429);
    const { counts } = await send([event('a1', 'S/T1', 0)]);
    expect(webhook.accepted).toEqual([['a1']]);
    expect(counts.keptForLater).toBe(0);
  });

  it('try again when the network goes in the middle of a request', async () => {
    const { counts } = await send([event('a1', 'S/T1', 0, { mishap: 'cut' })]);
    expect(webhook.accepted).toEqual([['a1']]);
    expect(counts).toMatchObject({ interrupted: 1, requests: 3 });
  });

  it('repeat themselves, at once and later, and overtake themselves', async () => {
    const { counts } = await send([
      event('a1', 'S/T1', 0, { mishap: 'repeat' }),
      event('b1', 'S/T2', 0, { mishap: 'repeat-later' }),
      event('c1', 'S/T3', 0, { mishap: 'overtaken' }),
      event('c2', 'S/T3', 1),
      event('a2', 'S/T1', HOUR),
    ]);
    const all = webhook.accepted.flat();
    expect(all.filter((id) => id === 'a1')).toHaveLength(2);
    expect(all.filter((id) => id === 'b1')).toHaveLength(2);
    expect(webhook.accepted).toContainEqual(['c2', 'c1']);
    expect(counts.repeated).toBe(2);
  });

  it('count the shelves only when all tills of the store have sent everything', async () => {
    webhook.failures.push(503, 503, 503);
    await send([event('a1', 'S/T1', 0), event('count', 'S/back-office', 60_000, { afterAllOthers: true })]);
    expect(webhook.accepted.flat()).toEqual(['a1', 'count']);
  });

  it('are distinguished from forgers, and from one with a faulty update', async () => {
    const { counts } = await send(Array.from({ length: 8 }, (_, at) => event(`a${at}`, 'S/T1', at * HOUR)));
    expect(counts).toMatchObject({ forged: 3, forgedRefused: 3, malformed: 1, malformedRefused: 1 });
    expect(webhook.accepted.flat()).toHaveLength(8);
  });

  it('go on where a killed run was, by its progress', async () => {
    const progress = newProgress();
    progress.acknowledged['S/T1'] = 2;
    await send([event('a1', 'S/T1', 0), event('a2', 'S/T1', 1), event('a3', 'S/T1', 2)], progress);
    expect(webhook.accepted).toEqual([['a3']]);
  });
});
