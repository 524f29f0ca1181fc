import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { alertSchema, type Alert } from '../../../shared/alerts/alert.ts';
import { messageOf } from '../../../shared/errors.ts';
import { verifyStandardWebhook } from '../../../shared/standard-webhooks.ts';
import type { Clock } from '../../../shared/time.ts';

/** Every alert that the demonstration chain received, once per webhook id. */
export interface AlertReceiver {
  readonly url: string;
  alerts(): readonly Alert[];
  /** Repeated and rejected deliveries. */
  readonly counts: { repeats: number; refused: number };
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** One JSON object per line: `{"webhookId","alert"}`. */
  readonly file: string;
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** 0 picks a free port. */
  readonly port: number;
}

const MAX_BODY_BYTES = 1_000_000;

/** Receives alerts like any other system: checks the signature, and takes each webhook id once. */
export async function startAlertReceiver(options: ReceiverOptions): Promise<AlertReceiver> {
  mkdirSync(dirname(options.file), { recursive: true });
  const byId = new Map<string, Alert>(existsSync(options.file) ? readKept(options.file) : []);
  const counts = { repeats: 0, refused: 0 };
  const server = createServer((request, response) => {
    receive(request, options).then(
      ({ webhookId, alert }) => {
        if (byId.has(webhookId)) counts.repeats += 1;
        else keep(options.file, byId, webhookId, alert);
        return response.writeHead(204).end();
      },
      (thrown: unknown) => {
        counts.refused += 1;
        return response.writeHead(400, { 'content-type': 'text/plain' }).end(`${messageOf(thrown)}\n`);
      },
    );
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    alerts: () => [...byId.values()],
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(
  request: IncomingMessage,
  { secrets, clock }: ReceiverOptions,
): Promise<{ webhookId: string; alert: Alert }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError('The body is too large');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const webhookId = verifyStandardWebhook({ header, body, secrets, nowMs: clock() });
  return { webhookId, alert: alertOf(JSON.parse(body.toString('utf8'))) };
}

/** The alert is the body, or its `data` in the envelope that Standard Webhooks proposes. */
function alertOf(body: unknown): Alert {
  const enveloped = typeof body === 'object' && body !== null && 'data' in body ? body.data : body;
  return alertSchema.parse(enveloped);
}

/** Writes to disk first: alerts answered with 2xx are not sent again. */
function keep(file: string, byId: Map<string, Alert>, webhookId: string, alert: Alert): void {
  appendFileSync(file, `${JSON.stringify({ webhookId, alert })}\n`);
  byId.set(webhookId, alert);
}

function* readKept(file: string): Generator<[string, Alert]> {
  const text = readFileSync(file, 'utf8');
  // A killed run may truncate the last line; its sender got no answer and retries.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  for (const line of text.split('\n')) {
    const kept = keptIn(line);
    if (kept) yield kept;
  }
}

function keptIn(line: string): [string, Alert] | undefined {
  try {
    const { webhookId, alert } = JSON.parse(line) as { webhookId: string; alert: unknown };
    return [webhookId, alertSchema.parse(alert)];
  } catch {
    return undefined;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
