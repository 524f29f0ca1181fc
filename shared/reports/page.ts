import { createHash } from 'node:crypto';
import { html, type Html } from './html.ts';
import { STYLE } from './style.ts';

/** The frame of every page. No script, no foreign host, and one stylesheet that the policy names by its digest. */
const styleDigest = createHash('sha256').update(STYLE).digest('base64');

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // Figures of a shop belong in no shared cache.
  'cache-control': 'private, no-store',
};

/** A small dot, so that browsers ask for no icon. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%231f5fbf'/%3E%3C/svg%3E";

export interface PageFrame {
  readonly title: string;
  readonly section: 'finance' | 'operations' | undefined;
  readonly userName: string | undefined;
}

export function page({ title, section, userName }: PageFrame, body: Html): string {
  const link = (name: 'finance' | 'operations', label: string): Html =>
    name === section
      ? html`<a href="/${name}" aria-current="page">${label}</a>`
      : html`<a href="/${name}">${label}</a>`;
  const user =
    userName !== undefined &&
    html`<span class="who">${userName} · <a href="/.auth/logout">Sign out</a></span>`;
  const style = { html: `<style>${STYLE}</style>` };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Tillstream</title>
        <link rel="icon" href="${{ html: ICON }}" />
        ${style}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
          <div>
            <a class="brand" href="/finance">Tillstream</a>
            <nav aria-label="Sections">${link('finance', 'Finance')}${link('operations', 'Operations')}</nav>
            ${user}
          </div>
        </header>
        <main id="content" tabindex="-1">${body}</main>
      </body>
    </html>`.html;
}
