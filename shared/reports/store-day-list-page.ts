import type { BusinessDate } from '../ids.ts';
import { dateText } from './figures.ts';
import { html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, pageOf, pager } from './table.ts';

const DAYS_PER_PAGE = 62;

/** The days with a report, for a reader of some stores: without the chain's figures. */
export function storeDayListPage(view: {
  readonly viewer: Viewer;
  readonly dates: readonly BusinessDate[];
  readonly pageNumber: number;
}): string {
  const newestFirst = [...view.dates].sort().reverse();
  const { shown, current, pages } = pageOf(newestFirst, view.pageNumber, DAYS_PER_PAGE);
  return page(
    { title: 'Reconciliation', section: 'finance', viewer: view.viewer },
    html`<h1>Reconciliation</h1>
      <p class="lead">POS against ledger in your stores, by business date.</p>
      ${
        shown.length === 0
          ? emptyCard('No day is reconciled yet. A day is due once it has ended in its stores.')
          : html`<ul class="card days">
              ${shown.map((date) => html`<li><a href="/finance/${date}">${dateText(date)}</a></li>`)}
            </ul>`
      }
      ${pager('Pages of days', { current, pages, address: (number) => `/finance?page=${number}` })}`,
  );
}
