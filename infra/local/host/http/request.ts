import type { IncomingMessage } from 'node:http';

import type { HttpData, NullableStrings } from '../core-types.ts';

/** Headers that only Easy Auth may set; the same headers from a caller are dropped before anything reads them. */
const RESERVED = /^x-ms-(client-principal|token-)/;

/** Azure's limit, and the app setting that changes it. */
export const BODY_LIMIT_SETTING = 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT';
export const DEFAULT_BODY_LIMIT_BYTES = 104_857_600;

export class BodyTooLargeError extends Error {
  constructor(limitBytes: number) {
    super(`Request body is larger than ${limitBytes} bytes`);
    this.name = 'BodyTooLargeError';
  }
}

/** Rejects a body whose Content-Length exceeds the limit. @throws BodyTooLargeError */
export function checkDeclaredLength(request: IncomingMessage, limitBytes: number): number {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limitBytes) throw new BodyTooLargeError(limitBytes);
  return declared;
}

/** The request's headers without reserved ones, plus those of the signed-in user. */
export function requestHeaders(
  request: IncomingMessage,
  principal: Record<string, string>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || RESERVED.test(name)) continue;
    headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return Object.assign(headers, principal);
}

/**
 * The body as the host passes it on: only one with a Content-Length arrives. A chunked body is read and lost unless HTTP
 * streaming is on; that is the real host's behaviour, and apps should notice it here first.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const declared = checkDeclaredLength(request, limitBytes);
  if (declared === 0) {
    request.resume();
    return undefined;
  }
  const body = Buffer.allocUnsafe(declared);
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) length += chunk.copy(body, length);
  return body.subarray(0, length);
}

export interface HttpInput {
  method: string;
  url: URL;
  headers: Record<string, string>;
  params: Record<string, string>;
  body: Buffer | undefined;
}

/** The request in the worker's format. */
export function toHttpData({ method, url, headers, params, body }: HttpInput): HttpData {
  const query: NullableStrings = {};
  for (const name of new Set(url.searchParams.keys()))
    query[name] = { value: url.searchParams.getAll(name).join(',') };
  return {
    method,
    url: url.href,
    nullableHeaders: nullable(headers),
    nullableQuery: query,
    nullableParams: nullable(params),
    ...(body === undefined ? {} : { body: { bytes: body } }),
  };
}

function nullable(values: Record<string, string>): NullableStrings {
  const result: NullableStrings = {};
  for (const name of Object.keys(values)) result[name] = { value: values[name] ?? '' };
  return result;
}
