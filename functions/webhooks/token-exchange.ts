import { z } from 'zod';
import { TransientError, messageOf } from '../../shared/errors.ts';
import { SECOND_MS } from '../../shared/time.ts';

/** A token, and until when it holds. */
export interface Exchanged {
  readonly token: string;
  readonly untilMs: number;
  /** What the next exchange needs; where it is missing the former one still holds. */
  readonly refreshToken?: string;
}

const TIMEOUT_MS = 10 * SECOND_MS;

const text = z.string().min(1);
/** OAuth 2.0 gives seconds; Clover gives the second of the end; Toast has an envelope and camel case. */
const answerSchema = z.union([
  z.object({
    access_token: text,
    expires_in: z.number().optional(),
    access_token_expiration: z.number().optional(),
    refresh_token: text.optional(),
  }),
  z
    .object({ token: z.object({ accessToken: text, expiresIn: z.number() }) })
    .transform(({ token }) => ({ access_token: token.accessToken, expires_in: token.expiresIn })),
]);

/**
 * Exchanges a secret for a token.
 * @param refusal what to say where the vendor refuses it, with the status.
 * @throws TransientError `vendor-unauthorized`, `vendor-unavailable`
 */
export async function exchangedToken(request: {
  readonly fetchFrom: typeof fetch;
  readonly nowMs: number;
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly isJson: boolean;
  readonly refusal: (status: number) => string;
}): Promise<Exchanged> {
  const { url, form, nowMs } = request;
  const { host } = new URL(url);
  let status: number;
  let answer: unknown;
  try {
    const response = await request.fetchFrom(url, {
      method: 'POST',
      ...(request.isJson
        ? { body: JSON.stringify(form), headers: { 'content-type': 'application/json' } }
        : { body: new URLSearchParams(form) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    ({ status } = response);
    answer = response.ok ? await response.json() : undefined;
    if (!response.ok) await response.body?.cancel();
  } catch (cause) {
    // The form holds the secret; what failed may quote it.
    throw new TransientError('vendor-unavailable', `No token from ${host}: ${messageOf(cause)}`);
  }
  const parsed = answerSchema.safeParse(answer);
  if (parsed.success) return exchangedOf(parsed.data, nowMs);
  throw status === 429 || status >= 500
    ? new TransientError('vendor-unavailable', `No token from ${host}: it answered ${status}`)
    : new TransientError('vendor-unauthorized', request.refusal(status));
}

function exchangedOf(
  answer: {
    readonly access_token: string;
    readonly expires_in?: number | undefined;
    readonly access_token_expiration?: number | undefined;
    readonly refresh_token?: string | undefined;
  },
  nowMs: number,
): Exchanged {
  const { access_token: token, expires_in: seconds, access_token_expiration: endsAt } = answer;
  const untilMs = endsAt === undefined ? nowMs + (seconds ?? 0) * SECOND_MS : Math.floor(endsAt * SECOND_MS);
  const { refresh_token: refreshToken } = answer;
  return { token, untilMs, ...(refreshToken === undefined ? {} : { refreshToken }) };
}
