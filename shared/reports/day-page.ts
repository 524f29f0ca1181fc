import type { TotalMinor } from '../money.ts';
import { AGE_BANDS, ageBandOf, ageInDays } from '../reconciliation/ageing.ts';
import type { Balance } from '../reconciliation/balances.ts';
import { rowsNotReadOf, type DayReport } from '../reconciliation/day-report.ts';
import { CATEGORIES, CLASSES, type Category } from '../reconciliation/exception.ts';
import type { GiftCardRollForward } from '../reconciliation/gift-card-roll-forward.ts';
import { correctingEntryOf } from '../reconciliation/correcting-entry.ts';
import { closingSection, type ClosingRow } from './closing-section.ts';
import { completenessSection } from './completeness-section.ts';
import { coverageSection, missingText } from './coverage.ts';
import { categoryText, exceptionTable } from './exception-table.ts';
import { amountText, countOf, countText, dateText, instantText } from './figures.ts';
import { forecastSection } from './forecast-section.ts';
import { giftCardsSection } from './gift-cards-section.ts';
import { html, type Html } from './html.ts';
import type { LetterInDoubt } from './letters-in-doubt.ts';
import { lettersSection, lettersWarning } from './letters-section.ts';
import { page, type Viewer } from './page.ts';
import { repeatedPostingsList } from './repeated-postings.ts';
import { settlementSection } from './settlement-section.ts';
import { emptyCard, firstOf, pageOf, pager, table } from './table.ts';

export interface DayPageView {
  readonly report: DayReport;
  /** The report covers only some stores and has no figures for the chain. */
  readonly isOfSomeStores: boolean;
  readonly storeName: (storeId: string) => string | undefined;
  readonly viewer: Viewer;
  /** Today, YYYY-MM-DD: ages are counted up to it. */
  readonly today: string;
  /** When the newest ledger file of the report was uploaded, as an instant; undefined where it is not known. */
  readonly ledgerAsOf: string | undefined;
  /** Dead letters of the date that may be money, as far as the reader may see their stores. */
  readonly letters: readonly LetterInDoubt[];
  /** Dead letters that were not looked at. */
  readonly lettersOmitted: number;
  /** The liability to gift card holders, carried forward to this date. */
  readonly giftCards: readonly GiftCardRollForward[];
  /** How far each store is; empty for a reader who may not see it. */
  readonly closing: readonly ClosingRow[];
  readonly category: Category | undefined;
  /** From 1. */
  readonly pageNumber: number;
}

const PER_PAGE = 100;
const MAX_CELLS = 500;
const MAX_VIOLATIONS = 20;
const MAX_ROW_ERRORS = 50;

/** One day: both sides of the books, the exceptions between them, and the proof that nothing is left unexplained. */
export function dayPage(view: DayPageView): string {
  const { report, viewer } = view;
  const { businessDate, counts } = report;
  return page(
    { title: `Reconciliation ${businessDate}`, section: 'finance', viewer },
    html`<p class="note back"><a href="/finance">All days</a></p>
      <h1>${dateText(businessDate)}</h1>
      <p class="lead">
        ${countOf(counts.stores, 'store')}${
          !view.isOfSomeStores &&
          `, ${countOf(counts.documents, 'POS document')}, ${countOf(counts.ledgerEntries, 'ledger entry', 'ledger entries')}`
        }.
        ${dataAsOf(view)}
      </p>
      ${proofBanner(view)} ${lettersWarning(view.letters, view.lettersOmitted)} ${coverageSection(report)}
      ${balanceTable(report)} ${summaryCards(view)}
      ${closingSection(businessDate, view.closing, view.storeName)} ${exceptionSection(view)}
      ${cellTable(report)} ${completenessSection(report)} ${forecastSection(report)}
      ${settlementSection(report.settlement)} ${giftCardsSection(view.giftCards)}
      ${lettersSection(view.letters)} ${ledgerSection(view)}
      <section class="downloads">
        <h2>Downloads</h2>
        <p class="actions">
          <a href="/finance/${businessDate}/report.json">Report as JSON</a>
          <a href="/finance/${businessDate}/report.xlsx">Workbook (Excel)</a>
          <a href="/finance/${businessDate}/report.csv">Exceptions as CSV</a>
          ${
            report.exceptions.some((exception) => 'entry' in correctingEntryOf(exception)) &&
            html`<a href="/finance/${businessDate}/correcting-journal.csv"
              >Correcting entries for Dynamics 365</a
            >`
          }
        </p>
      </section>`,
  );
}

function dataAsOf({ report, ledgerAsOf }: DayPageView): Html {
  return html`${report.dataAsOf !== '' && html`Newest POS event received ${instantText(report.dataAsOf)}.`}
  ${ledgerAsOf !== undefined && html`Newest ledger file uploaded ${instantText(ledgerAsOf)}.`}`;
}

function proofBanner({ report, isOfSomeStores, letters }: DayPageView): Html {
  const { proof, businessDate } = report;
  const missing = missingText(report, letters);
  if (proof.holds && missing !== '')
    return html`<div class="proof partial" role="alert">
      <strong
        >Not proved as a whole: ${missing}
        ${missing.startsWith('1 ') && !missing.includes(' and ') ? 'is' : 'are'} missing</strong
      >
      <span
        >What was read is explained to the minor unit in each of ${countOf(proof.cells, 'cell')}. Do not sign
        the day off before the rest is there.</span
      >
    </div>`;
  if (proof.holds)
    return html`<div class="proof" role="status">
      <strong>Unexplained difference: 0</strong>
      <span
        >Proved for each of ${countOf(proof.cells, 'cell')} of store, account and currency.
        ${!isOfSomeStores && controlText(proof)}</span
      >
    </div>`;
  const { shown, more } = firstOf(proof.violations, MAX_VIOLATIONS);
  return html`<div class="proof broken" role="alert">
    <strong>The proof does not hold</strong>
    <span>This is a fault in Tillstream. Do not close the day; call IT.</span>
    <ul>
      ${shown.map((violation) => html`<li><code>${violation}</code></li>`)}
      ${
        more > 0 &&
        html`<li>
          and ${countText(more)} more, all in the <a href="/finance/${businessDate}/report.json">JSON</a>
        </li>`
      }
    </ul>
    ${missing !== '' && html`<span>Also missing: ${missing}.</span>`}
  </div>`;
}

/** Whether the proof is backed by figures that were counted where the data came in. */
function controlText({ landedTotals, ledgerTotals }: DayReport['proof']): string {
  const counted = [
    ...(landedTotals > 0 ? [`${countOf(landedTotals, 'count', 'counts')} of what the tills sent`] : []),
    ...(ledgerTotals > 0 ? [`${countOf(ledgerTotals, 'sum')} of ledger files`] : []),
  ];
  return counted.length === 0
    ? 'No control totals were counted for this day.'
    : `Checked against ${counted.join(' and ')}.`;
}

function balanceTable({ balances }: DayReport): Html {
  return table({
    caption: 'Balances',
    note: html`POS less ledger is the sum of the differences. Every cell is in one row, and no difference
    cancels another.`,
    columns: [
      { title: 'Accounts' },
      { title: 'POS', isFigure: true },
      { title: 'Ledger', isFigure: true },
      { title: 'POS above ledger', isFigure: true },
      { title: 'POS below ledger', isFigure: true },
      { title: 'Unexplained', isFigure: true },
      { title: 'Cells that differ', isFigure: true },
    ],
    rows: balances.map(balanceRow),
  });
}

function balanceRow(balance: Balance): Html {
  const { currency, side, cells, differingCells } = balance;
  const figure = (amountMinor: TotalMinor): Html =>
    html`<td class="num">${amountText(amountMinor, currency)}</td>`;
  return html`<tr>
    <th scope="row">${currency} ${side === 'debit' ? 'debits' : 'credits'}</th>
    ${figure(balance.posMinor)} ${figure(balance.ledgerMinor)} ${figure(balance.aboveMinor)}
    ${figure(balance.belowMinor)} ${figure(balance.unexplainedMinor)}
    <td class="num">${countText(differingCells)} of ${countText(cells)}</td>
  </tr>`;
}

function summaryCards({ report, today }: DayPageView): Html {
  const { exceptions } = report;
  if (exceptions.length === 0) return html``;
  const ages = exceptions.map(({ businessDate }) => ageBandOf(ageInDays(businessDate, today)));
  const { byCategory, byClass } = report.summary;
  return html`<h2>Exceptions at a glance</h2>
    <div class="cards">
      ${card(
        'By category',
        CATEGORIES.map((name) => [categoryText(name), byCategory[name]]),
      )}
      ${card(
        'By action',
        CLASSES.map((name) => [name, byClass[name]]),
      )}
      ${card(
        `By age on ${today}`,
        AGE_BANDS.map((band) => [band, ages.filter((one) => one === band).length]),
      )}
    </div>`;
}

function card(title: string, counts: readonly (readonly [string, number | undefined])[]): Html {
  return html`<section class="card">
    <h3>${title}</h3>
    <dl>
      ${counts.map(
        ([name, count = 0]) =>
          count > 0 &&
          html`<dt>${name}</dt>
            <dd>${countText(count)}</dd>`,
      )}
    </dl>
  </section>`;
}

function exceptionSection(view: DayPageView): Html {
  const { report, category } = view;
  if (report.exceptions.length === 0)
    return html`<h2 id="exceptions">Exceptions</h2>
      ${emptyCard('None. POS and ledger agree in every cell.')}`;
  const filtered = report.exceptions.filter(
    (exception) => category === undefined || exception.category === category,
  );
  const { shown, current, pages } = pageOf(filtered, view.pageNumber, PER_PAGE);
  const found = CATEGORIES.filter((name) => report.summary.byCategory[name] !== undefined);
  const query = category === undefined ? '' : `category=${category}&`;
  const address = (number: number): string =>
    `/finance/${report.businessDate}?${query}page=${number}#exceptions`;
  return html`<h2 id="exceptions">Exceptions</h2>
    ${found.length > 1 && filters(view, found)} ${exceptionTable(shown, view)}
    ${pager('Pages of exceptions', { current, pages, address })}`;
}

function filters({ report, category }: DayPageView, found: readonly Category[]): Html {
  const link = (name: Category | undefined, label: string, count: number): Html => {
    const query = name === undefined ? '' : `?category=${name}`;
    const address = `/finance/${report.businessDate}${query}#exceptions`;
    const current = name === category && html` aria-current="true"`;
    return html`<li><a href="${address}" ${current}>${label} ${countText(count)}</a></li>`;
  };
  return html`<nav aria-label="Exceptions by category">
    <ul class="filters">
      ${link(undefined, 'All', report.exceptions.length)}
      ${found.map((name) => link(name, categoryText(name), report.summary.byCategory[name] ?? 0))}
    </ul>
  </nav>`;
}

function cellTable({ cells, businessDate }: DayReport): Html {
  const differing = cells.filter((cell) => cell.differenceMinor !== 0);
  if (differing.length === 0) return html``;
  const { shown, more } = firstOf(differing, MAX_CELLS);
  return html`<h2>Accounts that differ</h2>
    ${table({
      caption: `${countText(differing.length)} of ${countOf(cells.length, 'cell')} differ`,
      note: html`The others agree.
      ${
        more > 0 &&
        html`The first ${countText(shown.length)} are shown, the
          <a href="/finance/${businessDate}/report.json">JSON</a> has all.`
      }`,
      columns: [
        { title: 'Store' },
        { title: 'Account' },
        { title: 'Currency' },
        { title: 'Difference', isFigure: true },
        { title: 'Explained', isFigure: true },
        { title: 'POS', isFigure: true },
        { title: 'Ledger', isFigure: true },
      ],
      rows: shown.map(
        (cell) =>
          html`<tr>
            <th scope="row">${cell.storeId}</th>
            <td>${cell.account}</td>
            <td>${cell.currency}</td>
            <td class="num">${amountText(cell.differenceMinor, cell.currency)}</td>
            <td class="num">${amountText(cell.explainedMinor, cell.currency)}</td>
            <td class="num">${amountText(cell.posMinor, cell.currency)}</td>
            <td class="num">${amountText(cell.ledgerMinor, cell.currency)}</td>
          </tr>`,
      ),
    })}`;
}

function ledgerSection({ report, isOfSomeStores }: DayPageView): Html {
  const { ledgerFiles, ledgerRowErrors, repeatedPostings = [], businessDate } = report;
  const notRead = rowsNotReadOf(report);
  if (isOfSomeStores)
    return html`${
      notRead > 0 &&
      html`<h2>Ledger files</h2>
        <p>
          ${countOf(notRead, 'row')} that could not be read may be of your stores. Finance sees which they
          are.
        </p>`
    }`;
  const files = ledgerFiles.map((file) => html`<code>${file}</code> `);
  const { shown } = firstOf(ledgerRowErrors, MAX_ROW_ERRORS);
  const more = notRead - shown.length;
  return html`<h2>Ledger files</h2>
    <p>${ledgerFiles.length === 0 ? 'No file holds entries of this date.' : files}</p>
    ${repeatedPostingsList(repeatedPostings)}
    ${
      shown.length > 0 &&
      html`<p>
          ${countOf(notRead, 'row')} could not be read, and ${notRead === 1 ? 'is' : 'are'} in no total:
        </p>
        <ul>
          ${shown.map(
            ({ file, line, column, reason }) =>
              html`<li><code>${file}:${line}</code> ${column} ${reason}</li>`,
          )}
          ${
            more > 0 &&
            html`<li>
              and ${countText(more)} more; the <a href="/finance/${businessDate}/report.json">JSON</a> lists
              ${countText(ledgerRowErrors.length)} of all ${countText(notRead)}
            </li>`
          }
        </ul>`
    }`;
}
