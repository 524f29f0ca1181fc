import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { signSquareWebhook } from '../../../shared/pos/sources/square/signature.ts';
import { STANDARD_WEBHOOK_HEADERS, signStandardWebhook } from '../../../shared/standard-webhooks.ts';
import type { Clock } from '../../../shared/time.ts';

/** A terminal's behaviour: two-second timeout, two retries, then store and send later. */
const PATIENCE_MS = 2_000;
const ATTEMPTS = 3;
const BETWEEN_ATTEMPTS_MS = 150;
/** "Too many requests" is not a failure: it says when to retry. Maximum per delivery. */
const MAX_THROTTLED = 50;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The outcome of one delivery. */
interface Delivery {
  /** Undefined if no attempt got a 2xx or 4xx: the terminal keeps the events. */
  readonly answer: Answer | undefined;
  readonly attempts: number;
  readonly timedOut: number;
  /** From the first byte of the successful attempt to its response. */
  readonly answeredInMs: number;
}

export type Signer = (body: Buffer, webhookId: string) => Record<string, string>;

export function standardSigner(secret: string, clock: Clock): Signer {
  return (body, id) => {
    const timestampS = Math.floor(clock() / 1000);
    return {
      [STANDARD_WEBHOOK_HEADERS.id]: id,
      [STANDARD_WEBHOOK_HEADERS.timestamp]: String(timestampS),
      [STANDARD_WEBHOOK_HEADERS.signature]: signStandardWebhook({ secret, id, timestampS, body }),
    };
  };
}

export function squareSigner(key: string, notificationUrl: string): Signer {
  return (body) => ({ 'x-square-hmacsha256-signature': signSquareWebhook(key, notificationUrl, body) });
}

export interface TerminalOptions {
  readonly url: string;
  readonly contentType: string;
  /** The authentication headers. `webhookId` is the same in every attempt. */
  readonly sign: Signer;
  readonly maxConnections: number;
  /** Response timeout in milliseconds. */
  readonly patienceMs?: number;
}

export interface Terminal {
  /**
   * Delivers a body with a terminal's retries. `cutFirst`: the network fails in the middle of the first attempt.
   * `webhookId`: the request's id, the same in every attempt.
   */
  deliver(body: string, options?: { cutFirst?: boolean; webhookId?: string }): Promise<Delivery>;
  /** One attempt signed with an unknown key. */
  forge(body: string): Promise<Answer | undefined>;
  close(): void;
}

export function connectTerminal(options: TerminalOptions): Terminal {
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxConnections });
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const post = (body: Buffer, webhookId: string, sign: Signer, cut = false) =>
    attempt(agent, options, { body, headers: sign(body, webhookId), patienceMs, cut });
  return {
    async deliver(text, { cutFirst = false, webhookId = `msg_${randomUUID()}` } = {}) {
      const body = Buffer.from(text);
      let timedOut = 0;
      let attempts = 0;
      let throttled = 0;
      while (attempts < ATTEMPTS) {
        attempts += 1;
        const startedMs = performance.now();
        const result = await post(body, webhookId, options.sign, cutFirst && attempts === 1);
        if (typeof result !== 'string') {
          const answeredInMs = performance.now() - startedMs;
          if (result.status === 429 && throttled < MAX_THROTTLED) {
            throttled += 1;
            attempts -= 1;
            await delay(1_000);
            continue;
          }
          if (result.status < 500 && result.status !== 429) {
            return { answer: result, attempts, timedOut, answeredInMs };
          }
        }
        if (result === 'timeout') timedOut += 1;
        await delay(BETWEEN_ATTEMPTS_MS);
      }
      return { answer: undefined, attempts, timedOut, answeredInMs: 0 };
    },
    async forge(text) {
      const sign = standardSigner(`whsec_${Buffer.alloc(32, 'forged').toString('base64')}`, Date.now);
      const result = await post(Buffer.from(text), `msg_${randomUUID()}`, sign);
      return typeof result === 'string' ? undefined : result;
    },
    close: () => agent.destroy(),
  };
}

interface Attempt {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  readonly patienceMs: number;
  /** Drop the connection after half of the body. */
  readonly cut: boolean;
}

function attempt(
  agent: Agent,
  { url, contentType }: TerminalOptions,
  { body, headers, patienceMs, cut }: Attempt,
): Promise<Answer | 'timeout' | 'cut' | 'network'> {
  return new Promise((resolve) => {
    const request = httpRequest(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': contentType, 'content-length': body.length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => finish('network'));
        response.on('end', () =>
          finish({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    const timer = setTimeout(() => {
      finish('timeout');
      request.destroy();
    }, patienceMs);
    function finish(result: Answer | 'timeout' | 'cut' | 'network'): void {
      clearTimeout(timer);
      resolve(result);
    }
    request.on('error', () => finish('network'));
    if (!cut) {
      request.end(body);
      return;
    }
    request.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      finish('cut');
      request.destroy();
    });
  });
}
