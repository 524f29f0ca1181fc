import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, isThisMachine, refusalOf } from '../../shared/alerts/public-address.ts';
import type { ChannelRequest } from '../../shared/alerts/channels/channel.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import { SECOND_MS } from '../../shared/time.ts';

/** @throws TransientError when trying again may help; PermanentError when it will not: `webhook-refused`, `webhook-host`. */
export type SendWebhook = (request: ChannelRequest) => Promise<void>;

/** All addresses of a name. */
type ResolveName = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

interface SendWebhookOptions {
  /** Lets alerts go to this machine, also by http: on a developer's machine only. */
  readonly mayStay: boolean;
  readonly resolve?: ResolveName;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10 * SECOND_MS;
const resolveAll: ResolveName = (hostname, answer) => resolveName(hostname, { all: true }, answer);

/** Sends to public addresses only, see public-address.ts, and follows no redirect: it could lead anywhere. */
export function createSendWebhook(options: SendWebhookOptions): SendWebhook {
  const { mayStay, resolve = resolveAll, timeoutMs = TIMEOUT_MS } = options;
  const lookup = guardedLookup(resolve, mayStay);
  return async (request) => {
    const { host } = new URL(request.url);
    const refusal = refusalOf(request.url, mayStay);
    if (refusal !== undefined) throw new PermanentError('webhook-host', `The url ${refusal}`);
    let status: number;
    try {
      status = await post(request, lookup, timeoutMs);
    } catch (cause) {
      if (cause instanceof PermanentError) throw cause;
      throw new TransientError('webhook-unreachable', `${host} did not answer: ${messageOf(cause)}`, {
        cause,
      });
    }
    if (status >= 200 && status < 300) return;
    const message = `${host} answered ${status}`;
    // Too slow, too many, or broken over there: those pass. Any other answer would be the same again.
    if (status === 408 || status === 429 || status >= 500) throw new TransientError('webhook-busy', message);
    throw new PermanentError('webhook-refused', message);
  };
}

/** Not `fetch`, as that resolves a name by itself: the address that was checked must be the one that is connected to. */
function post(
  { url, headers, body }: ChannelRequest,
  lookup: LookupFunction,
  timeoutMs: number,
): Promise<number> {
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
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    sent.on('error', reject);
    sent.end(content);
  });
}

/**
 * Resolves a name for the connection, and refuses it if any of its addresses is not public. The connection takes the
 * addresses from here, so a second DNS answer (DNS rebinding) has no effect.
 */
function guardedLookup(resolve: ResolveName, mayStay: boolean): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname, (error, addresses) => {
      const allowed = ({ address }: LookupAddress): boolean =>
        isPublicAddress(address) || (mayStay && isThisMachine(hostname) && isThisMachine(address));
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '');
      const refused = addresses.find((one) => !allowed(one));
      if (refused) {
        const message = `${hostname} leads to ${refused.address}, which is not a public address`;
        return callback(new PermanentError('webhook-host', message), '');
      }
      if (all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
