import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { refusalOf } from '../../shared/alerts/public-address.ts';
import type { ChannelRequest } from '../../shared/alerts/channels/channel.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import { SECOND_MS } from '../../shared/time.ts';
import { guardedLookup, resolveAll, type ResolveName } from './guarded-address.ts';

/**
 * @throws TransientError when trying again may help; PermanentError when it will not: `webhook-refused`, `webhook-host`,
 * and `webhook-gone` where the receiver wants nothing any more.
 */
export type SendWebhook = (request: ChannelRequest) => Promise<void>;

interface SendWebhookOptions {
  /** Lets alerts go to this machine, also by http: on a developer's machine only. */
  readonly mayStay: boolean;
  readonly resolve?: ResolveName;
  readonly timeoutMs?: number;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

const TIMEOUT_MS = 10 * SECOND_MS;
const MAX_ANSWER_CHARACTERS = 2_000;

/** Sends to public addresses only, see public-address.ts, and follows no redirect: it could lead anywhere. */
export function createSendWebhook(options: SendWebhookOptions): SendWebhook {
  const { mayStay, resolve = resolveAll, timeoutMs = TIMEOUT_MS } = options;
  const lookup = guardedLookup(resolve, mayStay);
  return async (request) => {
    const refusal = refusalOf(request.url, mayStay);
    if (refusal !== undefined) throw new PermanentError('webhook-host', `The url ${refusal}`);
    const { host } = new URL(request.url);
    let answer: Answer;
    try {
      answer = await post(request, lookup, timeoutMs);
    } catch (cause) {
      if (cause instanceof PermanentError) throw cause;
      throw new TransientError('webhook-unreachable', `${host} did not answer: ${messageOf(cause)}`, {
        cause,
      });
    }
    const fault = faultOf(answer, host, request);
    if (fault) throw fault;
  };
}

function faultOf(
  { status, retryAfter, text }: Answer,
  host: string,
  { failureIn }: ChannelRequest,
): Error | undefined {
  if (status >= 200 && status < 300) {
    const failure = failureIn?.(text);
    return failure === undefined
      ? undefined
      : new TransientError('webhook-busy', `${host} answered ${status}, but says: ${failure}`);
  }
  const message = `${host} answered ${status}`;
  // Too slow, too many, or broken over there: those pass. Any other answer would be the same again.
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const retryAfterMs = retryAfterMsOf(retryAfter);
    return new TransientError('webhook-busy', message, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  // Standard Webhooks: the receiver wants no more messages.
  if (status === 410) return new PermanentError('webhook-gone', message);
  return new PermanentError('webhook-refused', message);
}

/** Seconds, or a date, which is not worth a clock here: then the ladder decides. */
function retryAfterMsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * SECOND_MS : undefined;
}

/** Not `fetch`, as that resolves a name by itself: the address that was checked must be the one that is connected to. */
function post(
  { url, headers, body, failureIn }: ChannelRequest,
  lookup: LookupFunction,
  timeoutMs: number,
): Promise<Answer> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const content = Buffer.from(body);
    const sent = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': content.length },
        lookup,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const { statusCode = 0 } = response;
        const answered = (text: string): void => {
          resolve({ status: statusCode, retryAfter: response.headers['retry-after'], text });
          response.destroy();
        };
        // Most receivers need no more than the status, and one that never ends its body must not hold us.
        if (!failureIn) return answered('');
        startOf(response).then(answered, reject);
      },
    );
    sent.on('error', reject);
    sent.end(content);
  });
}

async function startOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length >= MAX_ANSWER_CHARACTERS) break;
  }
  return text.slice(0, MAX_ANSWER_CHARACTERS);
}
