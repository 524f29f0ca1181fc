import { html, type Html } from './html.ts';

interface Column {
  readonly title: string;
  /** Figures: right-aligned, with digits of equal width. */
  readonly isFigure?: boolean;
  /** Left out on a narrow screen, where the row's first cells say the same. */
  readonly isWide?: boolean;
}

export interface TableParts {
  /** Says what the table is; also names the region for screen readers. */
  readonly caption: string;
  /** Below the caption. */
  readonly note?: Html | undefined;
  readonly columns: readonly Column[];
  /** Rows of `<tr>`, cell by cell as the columns are. */
  readonly rows: readonly Html[];
}

/** A table in a region of its own, which scrolls sideways if necessary, also by keyboard. */
export function table({ caption, note, columns, rows }: TableParts): Html {
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption} ${note && html`<span class="note">${note}</span>`}
      </caption>
      <thead>
        <tr>
          ${columns.map(headOf)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function headOf({ title, isFigure = false, isWide = false }: Column): Html {
  const classes = [...(isFigure ? ['num'] : []), ...(isWide ? ['wide'] : [])].join(' ');
  return classes === ''
    ? html`<th scope="col">${title}</th>`
    : html`<th scope="col" class="${classes}">${title}</th>`;
}

/** What a person sees where a list is empty. */
export const emptyCard = (text: string): Html => html`<div class="card empty">${text}</div>`;

/** The first of many, and how many more there are: no list is truncated silently. */
export function firstOf<T>(all: readonly T[], most: number): { shown: readonly T[]; more: number } {
  return { shown: all.slice(0, most), more: Math.max(0, all.length - most) };
}

export interface Paging {
  /** From 1. */
  readonly current: number;
  readonly pages: number;
  readonly address: (pageNumber: number) => string;
}

/** Splits a list into pages; a page number beyond the end is the last page. */
export function pageOf<T>(
  all: readonly T[],
  pageNumber: number,
  perPage: number,
): { shown: readonly T[]; current: number; pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const current = Math.min(Math.max(1, pageNumber), pages);
  return { shown: all.slice((current - 1) * perPage, current * perPage), current, pages };
}

export function pager(label: string, { current, pages, address }: Paging): Html {
  if (pages === 1) return html``;
  return html`<nav class="actions" aria-label="${label}">
    ${current > 1 && html`<a href="${address(current - 1)}" rel="prev">Previous</a>`}
    <span>Page ${current} of ${pages}</span>
    ${current < pages && html`<a href="${address(current + 1)}" rel="next">Next</a>`}
  </nav>`;
}
