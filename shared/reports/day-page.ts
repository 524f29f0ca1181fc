import { AGE_BANDS, ageBandOf, ageInDays, type AgeBand } from '../reconciliation/ageing.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import { CATEGORIES, CLASSES, type Category } from '../reconciliation/exception.ts';
import { amountText, dateText } from './amount-text.ts';
import { categoryText, exceptionTable } from './exception-table.ts';
import { html, type Html } from './html.ts';
import { page } from './page.ts';

export interface DayPageView {
  readonly report: DayReport;
  readonly storeName: (storeId: string) => string | undefined;
  readonly userName: string;
  /** The day of reading, YYYY-MM-DD: ages count up to it. */
  readonly today: string;
  readonly category: Category | undefined;
  /** From 1. */
  readonly pageNumber: number;
}

const PER_PAGE = 100;

/** One day: both balances, what lies between them, and the proof that nothing is left unexplained. */
export function dayPage(view: DayPageView): string {
  const { report, userName } = view;
  const { businessDate, counts } = report;
  return page(
    { title: `Reconciliation ${businessDate}`, section: 'finance', userName },
    html`<p class="note"><a href="/finance">All days</a></p>
      <h1>${dateText(businessDate)}</h1>
      <p class="lead">
        ${counts.stores} stores, ${counts.documents} POS documents, ${counts.ledgerEntries} ledger entries.
        ${report.dataAsOf !== '' && html`Data as of ${report.dataAsOf.slice(0, 16).replace('T', ' ')} UTC.`}
      </p>
      ${proofBanner(report)} ${balanceTable(report)} ${summaryCards(view)} ${exceptionSection(view)}
      ${cellTable(report)} ${ledgerSection(report)}
      <h2>Take it along</h2>
      <p class="actions">
        <a href="/finance/${businessDate}/report.json">Report as JSON</a>
        <a href="/finance/${businessDate}/report.csv">Exceptions as CSV</a>
      </p>`,
  );
}

function proofBanner({ proof }: DayReport): Html {
  return proof.holds
    ? html`<div class="proof" role="status">
        <strong>Unexplained difference: 0</strong>
        <span>Proved for each of ${proof.cells} cells of store, account and currency.</span>
      </div>`
    : html`<div class="proof broken" role="alert">
        <strong>The proof does not hold</strong>
        <span>This is a fault in Tillstream. Do not close the day; call IT.</span>
        <ul>
          ${proof.violations.slice(0, 20).map((violation) => html`<li><code>${violation}</code></li>`)}
        </ul>
      </div>`;
}

function balanceTable({ balances }: DayReport): Html {
  return html`<div class="table">
    <table>
      <caption>
        Balances: the debits of the day (tender clearing and other debit accounts)
      </caption>
      <thead>
        <tr>
          <th scope="col">Currency</th>
          <th scope="col" class="num">POS</th>
          <th scope="col" class="num">Ledger</th>
          <th scope="col" class="num">Reconciling items</th>
          <th scope="col" class="num">Unexplained</th>
        </tr>
      </thead>
      <tbody>
        ${balances.map(
          ({ currency, posMinor, ledgerMinor, reconcilingItemsMinor, unexplainedMinor }) =>
            html`<tr>
              <th scope="row">${currency}</th>
              <td class="num">${amountText(posMinor, currency)}</td>
              <td class="num">${amountText(ledgerMinor, currency)}</td>
              <td class="num">${amountText(reconcilingItemsMinor, currency)}</td>
              <td class="num">${amountText(unexplainedMinor, currency)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function summaryCards({ report, today }: DayPageView): Html {
  const { byCategory, byClass } = report.summary;
  const age = ageBandOf(ageInDays(report.businessDate, today));
  const byAge: Partial<Record<AgeBand, number>> = { [age]: report.exceptions.length };
  const card = (title: string, counts: readonly (readonly [string, number])[]): Html =>
    html`<section class="card">
      <h3>${title}</h3>
      <dl>
        ${counts.map(
          ([name, count]) =>
            html`<dt>${name}</dt>
              <dd>${count}</dd>`,
        )}
      </dl>
    </section>`;
  const found = <K extends string>(keys: readonly K[], counts: Partial<Record<K, number>>) =>
    keys.flatMap((key) => (counts[key] === undefined ? [] : [[key, counts[key]] as const]));
  if (report.exceptions.length === 0) return html``;
  return html`<h2>What lies between them</h2>
    <div class="cards">
      ${card(
        'By category',
        found(CATEGORIES, byCategory).map(([name, count]) => [categoryText(name), count] as const),
      )}
      ${card('By what to do', found(CLASSES, byClass))} ${card('By age', found(AGE_BANDS, byAge))}
    </div>`;
}

function exceptionSection(view: DayPageView): Html {
  const { report, category } = view;
  if (report.exceptions.length === 0)
    return html`<h2 id="exceptions">Exceptions</h2>
      <div class="card empty">None. POS and ledger agree in every cell.</div>`;
  const shown = report.exceptions.filter(
    (exception) => category === undefined || exception.category === category,
  );
  const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
  const current = Math.min(Math.max(1, view.pageNumber), pages);
  const part = shown.slice((current - 1) * PER_PAGE, current * PER_PAGE);
  const found = CATEGORIES.filter((name) => report.summary.byCategory[name] !== undefined);
  return html`<h2 id="exceptions">Exceptions</h2>
    ${found.length > 1 && filters(view, found)} ${exceptionTable(part, view)}
    ${pages > 1 && pager(view, current, pages)}`;
}

function filters({ report, category }: DayPageView, found: readonly Category[]): Html {
  const link = (name: Category | undefined, label: string, count: number): Html => {
    const query = name === undefined ? '' : `?category=${name}`;
    const address = `/finance/${report.businessDate}${query}#exceptions`;
    return name === category
      ? html`<li><a href="${address}" aria-current="true">${label} ${count}</a></li>`
      : html`<li><a href="${address}">${label} ${count}</a></li>`;
  };
  return html`<nav aria-label="Exceptions by category">
    <ul class="filters">
      ${link(undefined, 'All', report.exceptions.length)}
      ${found.map((name) => link(name, categoryText(name), report.summary.byCategory[name] ?? 0))}
    </ul>
  </nav>`;
}

function pager({ report, category }: DayPageView, current: number, pages: number): Html {
  const address = (number: number): string =>
    `/finance/${report.businessDate}?${category === undefined ? '' : `category=${category}&`}page=${number}#exceptions`;
  return html`<nav class="actions" aria-label="Pages of exceptions">
    ${current > 1 && html`<a href="${address(current - 1)}" rel="prev">Previous</a>`}
    <span>Page ${current} of ${pages}</span>
    ${current < pages && html`<a href="${address(current + 1)}" rel="next">Next</a>`}
  </nav>`;
}

const MAX_CELLS = 500;

function cellTable({ cells, businessDate }: DayReport): Html {
  const differing = cells.filter((cell) => cell.differenceMinor !== 0);
  if (differing.length === 0) return html``;
  return html`<h2>Accounts that differ</h2>
    <div class="table">
      <table>
        <caption>
          ${differing.length} of ${cells.length} cells differ; the others agree.
          ${
            differing.length > MAX_CELLS &&
            html`The first ${MAX_CELLS} are shown, <a href="/finance/${businessDate}/report.json">JSON</a> has
              all.`
          }
        </caption>
        <thead>
          <tr>
            <th scope="col">Store</th>
            <th scope="col">Account</th>
            <th scope="col">Currency</th>
            <th scope="col" class="num">POS</th>
            <th scope="col" class="num">Ledger</th>
            <th scope="col" class="num">Difference</th>
            <th scope="col" class="num">Explained</th>
          </tr>
        </thead>
        <tbody>
          ${differing.slice(0, MAX_CELLS).map(
            (cell) =>
              html`<tr>
                <th scope="row">${cell.storeId}</th>
                <td>${cell.account}</td>
                <td>${cell.currency}</td>
                <td class="num">${amountText(cell.posMinor, cell.currency)}</td>
                <td class="num">${amountText(cell.ledgerMinor, cell.currency)}</td>
                <td class="num">${amountText(cell.differenceMinor, cell.currency)}</td>
                <td class="num">${amountText(cell.explainedMinor, cell.currency)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function ledgerSection({ ledgerFiles, ledgerRowErrors }: DayReport): Html {
  const files = ledgerFiles.map((file) => html`<code>${file}</code> `);
  return html`<h2>Ledger files</h2>
    <p>${ledgerFiles.length === 0 ? 'No file holds entries of this date.' : files}</p>
    ${
      ledgerRowErrors.length > 0 &&
      html`<ul>
        ${ledgerRowErrors
          .slice(0, 50)
          .map(
            ({ file, line, column, reason }) =>
              html`<li><code>${file}:${line}</code> ${column} ${reason}</li>`,
          )}
      </ul>`
    }`;
}
