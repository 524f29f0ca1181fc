import { createHash } from 'node:crypto';
import { html, type Html } from './html.ts';
import { STYLE } from './style.ts';

/** The frame of every page. No script, no foreign host, and one stylesheet that the policy names by its digest. */
const styleDigest = createHash('sha256').update(STYLE).digest('base64');

/** For everything that people receive, pages and files. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A store's figures must not end up in a shared cache.
  'cache-control': 'private, no-store',
};

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

/** A small dot, so browsers do not request an icon. */
export const ICON_SVG =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='3' fill='#1f5fbf'/></svg>";
const ICON = `data:image/svg+xml,${encodeURIComponent(ICON_SVG)}`;

const SECTIONS = { finance: 'Finance', operations: 'Operations' } as const;
export type Section = keyof typeof SECTIONS;

/** Who looks at a page, and which sections they may open. */
export interface Viewer {
  readonly userName: string;
  readonly sections: readonly Section[];
}

interface PageFrame {
  readonly title: string;
  readonly section: Section | undefined;
  /** Undefined for someone who is not signed in. */
  readonly viewer: Viewer | undefined;
}

export function page({ title, section, viewer }: PageFrame, body: Html): string {
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
        <a class="skip" href="#content">Skip to content</a>
        <header class="top">
          <div>
            <a class="brand" href="/">Tillstream</a>
            ${viewer && navigation(section, viewer)}
          </div>
        </header>
        <main id="content" tabindex="-1">${body}</main>
      </body>
    </html>`.html;
}

function navigation(current: Section | undefined, { userName, sections }: Viewer): Html {
  const links = sections.map((name) =>
    name === current
      ? html`<a href="/${name}" aria-current="page">${SECTIONS[name]}</a>`
      : html`<a href="/${name}">${SECTIONS[name]}</a>`,
  );
  return html`<nav aria-label="Sections">${links}</nav>
    <span class="who">${userName} · <a href="/.auth/logout">Sign out</a></span>`;
}
