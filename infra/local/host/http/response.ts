import type { ServerResponse } from 'node:http';

import type { HttpCookie, HttpData } from '../core-types.ts';

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

/** Writes a function's response. No response at all is 204, as in Azure. */
export function writeResponse(
  response: ServerResponse,
  data: HttpData | undefined,
  custom: Record<string, string>,
): void {
  for (const [name, value] of Object.entries(custom)) response.setHeader(name, value);
  if (data === undefined) {
    response.writeHead(204).end();
    return;
  }
  if (data.enableContentNegotiation === true)
    throw new Error('enableContentNegotiation is not supported by the local host.');
  for (const [name, value] of Object.entries(data.headers ?? {})) response.setHeader(name, value);
  if (data.cookies !== undefined && data.cookies.length > 0) {
    response.setHeader('set-cookie', data.cookies.map(serializeCookie));
  }
  response.statusCode = Number(data.statusCode ?? 200);
  response.end(data.body?.bytes ?? data.body?.string);
}

/** A short plain-text response from the host itself. */
export function answer(response: ServerResponse, status: number, text = ''): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

/** Like `answer`, for JSON. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}

/** A cookie as its Set-Cookie value (RFC 6265). */
export function serializeCookie(cookie: HttpCookie): string {
  let text = `${cookie.name}=${encodeURIComponent(cookie.value)}`;
  if (cookie.maxAge !== undefined) text += `; Max-Age=${cookie.maxAge.value}`;
  if (cookie.domain !== undefined) text += `; Domain=${cookie.domain.value}`;
  if (cookie.path !== undefined) text += `; Path=${cookie.path.value}`;
  if (cookie.expires !== undefined)
    text += `; Expires=${new Date(cookie.expires.value.seconds * 1_000).toUTCString()}`;
  if (cookie.httpOnly?.value === true) text += '; HttpOnly';
  if (cookie.secure?.value === true) text += '; Secure';
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  return sameSite === undefined ? text : `${text}; SameSite=${sameSite}`;
}
