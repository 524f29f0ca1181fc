import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ChannelMail } from '../../shared/alerts/channels/channel.ts';
import { hostRefusal } from '../../shared/alerts/public-address.ts';
import { messageOf, PermanentError, TransientError } from '../../shared/errors.ts';
import { SECOND_MS } from '../../shared/time.ts';
import { guardedAddress, resolveAll, type ResolveName } from './guarded-address.ts';

/**
 * @throws TransientError when trying again may help; PermanentError when it will not: `webhook-host`, `mail-refused`,
 * `mail-recipients` where some recipients got it and others did not.
 */
export type SendMail = (mail: ChannelMail) => Promise<void>;

interface SendMailOptions {
  /** Lets mail go to this machine, also without TLS: on a developer's machine only. */
  readonly mayStay: boolean;
  readonly resolve?: ResolveName;
  readonly timeoutMs?: number;
  /** A certificate authority besides those of Node. */
  readonly ca?: ConnectionOptions['ca'];
}

const TIMEOUT_MS = 20 * SECOND_MS;

/** Sends to public addresses only: the connection is made to the address that was checked, its certificate to the name. */
export function createSendMail(options: SendMailOptions): SendMail {
  const { mayStay, resolve = resolveAll, timeoutMs = TIMEOUT_MS, ca } = options;
  return async (mail) => {
    const { host, port, security, user, password } = mail.server;
    const refusal = hostRefusal(host, mayStay);
    if (refusal !== undefined) throw new PermanentError('webhook-host', `The host ${refusal}`);
    if (security === 'none' && !mayStay)
      throw new PermanentError('mail-refused', 'Mail is sent with TLS only: set security to starttls or tls');
    // Loaded here, because most deployments send no mail and the entry must load fast.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      host: await addressOf(host, resolve, mayStay),
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: {
        ...(isIP(host) === 0 && { servername: host }),
        minVersion: 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
      },
      ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      const { rejected } = await transport.sendMail({
        from: mail.from,
        to: [...mail.to],
        messageId: `<${mail.messageId}>`,
        ...(mail.references.length === 0 ? {} : { references: mail.references.map((id) => `<${id}>`) }),
        subject: mail.subject,
        text: mail.text,
        ...(mail.isUrgent ? { priority: 'high' as const } : {}),
        // An absence note would answer to every alert (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      if (rejected.length > 0) throw partlyRefused(mail, rejected.map(String));
    } catch (thrown) {
      throw asOurMailError(thrown, host);
    } finally {
      transport.close();
    }
  };
}

async function addressOf(host: string, resolve: ResolveName, mayStay: boolean): Promise<string> {
  try {
    return await guardedAddress(resolve, host, mayStay);
  } catch (cause) {
    if (cause instanceof PermanentError) throw cause;
    throw new TransientError('mail-unreachable', `${host} did not answer: ${messageOf(cause)}`, { cause });
  }
}

/** By their places in `to`, as a dead letter names nobody. */
function partlyRefused(mail: ChannelMail, rejected: readonly string[]): PermanentError {
  const places = mail.to.flatMap((address, index) => (rejected.includes(address) ? [index + 1] : []));
  return new PermanentError(
    'mail-recipients',
    `The mail server refused ${rejected.length} of ${mail.to.length} recipients (number ${places.join(', ')} in /to); the others have it, and get it again by a replay`,
  );
}

/** A reply of 5xx is final, but for a sign-in: passwords are put right while the mail waits. */
function asOurMailError(thrown: unknown, host: string): PermanentError | TransientError {
  if (thrown instanceof PermanentError) return thrown;
  const { responseCode, code } = thrown as { responseCode?: number; code?: string };
  // The server's own words may name a recipient or repeat the text.
  const said = responseCode === undefined ? (code ?? 'no reply') : `${responseCode} (${code ?? 'refused'})`;
  if (code === 'EAUTH')
    return new TransientError('mail-sign-in', `${host} refused the sign-in: ${said}`, { cause: thrown });
  if (responseCode !== undefined && responseCode >= 500)
    return new PermanentError('mail-refused', `${host} refused the mail: ${said}`, { cause: thrown });
  return new TransientError('mail-unreachable', `${host} did not take the mail: ${said}`, { cause: thrown });
}
