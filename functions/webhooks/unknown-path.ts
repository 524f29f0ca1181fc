import { html } from '../../shared/reports/html.ts';
import { PAGE_HEADERS, page } from '../../shared/reports/page.ts';
import { problem, type HttpAnswer } from './problem.ts';

/** Addresses, and the one method that each has. */
const KNOWN: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\/webhooks\/[^/]+(?:\/[^/]+)?\/?$/, 'POST'],
  [/^\/(?:health(?:\/live)?|openapi\.json)\/?$/, 'GET'],
];

/**
 * What the host would answer with an empty 404: a problem that says where to look, or a page for who uses a browser. On a
 * developer's machine both apps are one, and this stands before the pages' own.
 * @param accept the header `Accept`.
 */
export function unknownPath(method: string, url: string, accept = ''): HttpAnswer {
  const path = pathOf(url);
  const allowed = KNOWN.find(([pattern]) => pattern.test(path))?.[1];
  if (allowed !== undefined && allowed !== method) {
    const answer = problem({
      status: 405,
      code: 'method-not-allowed',
      title: `This address takes ${allowed} only`,
      detail: 'GET /openapi.json describes every address',
    });
    return { ...answer, headers: { ...answer.headers, allow: allowed } };
  }
  if (/\btext\/html\b/i.test(accept)) return notFoundPage();
  return problem({
    status: 404,
    code: 'unknown-path',
    title: 'There is nothing at this address',
    detail:
      'Events go to POST /webhooks/{source}; GET /openapi.json describes every address, GET /health the state',
  });
}

function notFoundPage(): HttpAnswer {
  const body = html`<h1>Not found</h1>
    <p class="lead">There is no such page or report.</p>
    <p><a href="/">Home</a></p>`;
  const frame = { title: 'Not found', section: undefined, viewer: undefined };
  return { status: 404, headers: PAGE_HEADERS, body: page(frame, body) };
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return '';
  }
}
