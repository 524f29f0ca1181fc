import { problem, type HttpAnswer } from './problem.ts';

/** Addresses, and the one method that each has. */
const KNOWN: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\/webhooks\/[^/]+(?:\/[^/]+)?\/?$/, 'POST'],
  [/^\/(?:health(?:\/live)?|openapi\.json)\/?$/, 'GET'],
];

/** What the host would answer with an empty 404: a problem that says where to look. */
export function unknownPath(method: string, url: string): HttpAnswer {
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
  return problem({
    status: 404,
    code: 'unknown-path',
    title: 'There is nothing at this address',
    detail:
      'Events go to POST /webhooks/{source}; GET /openapi.json describes every address, GET /health the state',
  });
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return '';
  }
}
