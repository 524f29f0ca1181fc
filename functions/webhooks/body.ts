import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PermanentError } from '../../shared/errors.ts';
import type { WebhookSource } from '../../shared/pos/sources/source.ts';

/** What is known of a body before it is read, and how it is decompressed after its signature is verified. */
export type ContentEncoding = 'identity' | 'gzip';

const unzip = promisify(gunzip);

/** @throws PermanentError `content-type` */
export function checkContentType(source: WebhookSource, header: string | undefined): void {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!source.contentTypes.includes(type)) {
    throw new PermanentError('content-type', `Send ${source.contentTypes.join(' or ')}`);
  }
}

/** @throws PermanentError `content-encoding` */
export function encodingOf(header: string | undefined): ContentEncoding {
  const encoding = header?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new PermanentError('content-encoding', 'Send the body as it is, or with Content-Encoding: gzip');
}

/** @throws PermanentError `body-too-large` */
export function checkLength(source: WebhookSource, bytes: number): void {
  if (bytes > source.maxBodyBytes) throw tooLarge(source);
}

/**
 * The body as it was before compression; it is never larger than the source's limit, whatever the bytes promise.
 * @throws PermanentError `body-too-large` or `bad-encoding`
 */
export async function unpacked(
  source: WebhookSource,
  encoding: ContentEncoding,
  body: Buffer,
): Promise<Buffer> {
  if (encoding === 'identity') return body;
  try {
    return await unzip(body, { maxOutputLength: source.maxBodyBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(source);
    throw new PermanentError('bad-encoding', 'The body is not gzip, as its Content-Encoding says', { cause });
  }
}

const tooLarge = (source: WebhookSource): PermanentError =>
  new PermanentError('body-too-large', `A body has at most ${source.maxBodyBytes} bytes, unpacked`);
