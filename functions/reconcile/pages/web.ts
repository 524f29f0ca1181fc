import { html } from '../../../shared/reports/html.ts';
import { page, PAGE_HEADERS, type Viewer } from '../../../shared/reports/page.ts';

/** A request to a page, free of any host's types. */
export interface PageRequest {
  /** `GET` also stands for HEAD. */
  readonly method: 'GET' | 'POST';
  /** As in the address, still encoded: `/finance/2026-03-02`. */
  readonly path: string;
  /** Path and query, as the browser asked: where a sign-in comes back to. */
  readonly address: string;
  readonly query: (name: string) => string | undefined;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: () => Promise<string>;
  /** `x-ms-client-principal`; undefined where it cannot be believed. */
  readonly principal: string | undefined;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const okPage = (body: string): PageAnswer => ({ status: 200, headers: PAGE_HEADERS, body });

/** A page that says one thing: what went wrong and what to do. */
export function plainPage(
  status: number,
  title: string,
  text: string,
  viewer: Viewer | undefined,
  headers: Readonly<Record<string, string>> = {},
): PageAnswer {
  const body = html`<h1>${title}</h1>
    <p class="lead">${text}</p>
    <p><a href="/">Home</a></p>`;
  return {
    status,
    headers: { ...PAGE_HEADERS, ...headers },
    body: page({ title, section: undefined, viewer }, body),
  };
}

export const notFound = (viewer: Viewer | undefined): PageAnswer =>
  plainPage(404, 'Not found', 'This page or report does not exist.', viewer);
