import type { BusinessDate } from '../ids.ts';
import type { TotalMinor } from '../money.ts';
import type { Balance } from '../reconciliation/balances.ts';
import { addDays } from '../time.ts';
import { amountText, countOf, countText, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, firstOf, pageOf, pager, table } from './table.ts';

export interface DaySummary {
  readonly businessDate: BusinessDate;
  readonly proofHolds: boolean;
  readonly exceptions: number;
  readonly stores: number;
  readonly documents: number;
  readonly balances: readonly Balance[];
  /** Parts of the day that no total includes. */
  readonly uncovered: number;
  /** Dead letters of the date that may be money. */
  readonly letters: number;
  /** When the newest event or ledger file of the report came in, or empty. */
  readonly dataAsOf: string;
  /** Data has arrived since; the next run reconciles the date again. */
  readonly hasNews: boolean;
}

interface BadLedgerFile {
  readonly name: string;
  readonly rows: number;
  readonly badRows: number;
  readonly firstErrors: readonly string[];
}

export interface DayListView {
  readonly viewer: Viewer;
  readonly days: readonly DaySummary[];
  /** Dates with data and without a report. */
  readonly waiting: readonly BusinessDate[];
  readonly badFiles: readonly BadLedgerFile[];
  /** Dates without a report that dead letters belong to, with how many. */
  readonly lettersElsewhere: readonly (readonly [string, number])[];
  /** Dead letters that were not looked at. */
  readonly lettersOmitted: number;
  /** Today, in UTC. */
  readonly today: BusinessDate;
  /** From 1. */
  readonly pageNumber: number;
}

export const DAYS_PER_PAGE = 62;
const MAX_WAITING = 10;
const MAX_FILE_ERRORS = 5;

/** The list of days that are reconciled or wait for it, newest first. */
export function dayListPage(view: DayListView): string {
  const newestFirst = [...view.days].sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1));
  const { shown, current, pages } = pageOf(newestFirst, view.pageNumber, DAYS_PER_PAGE);
  return page(
    { title: 'Reconciliation', section: 'finance', viewer: view.viewer },
    html`<h1>Reconciliation</h1>
      <p class="lead">POS against ledger, by business date. ${leadText(view.days)}</p>
      ${waitingNotes(view)} ${letterNotes(view)}
      ${
        view.days.length === 0
          ? emptyCard('No day is reconciled yet. A day is due once it has ended in its stores.')
          : dayTable(shown)
      }
      ${pager('Pages of days', { current, pages, address: (number) => `/finance?page=${number}` })}
      ${view.badFiles.length > 0 && badFilesTable(view.badFiles)}`,
  );
}

/** It claims no more than holds for every day in the list. */
function leadText(days: readonly DaySummary[]): string {
  const broken = days.filter((day) => !day.proofHolds).length;
  const incomplete = days.filter((day) => day.proofHolds && day.uncovered > 0).length;
  if (broken + incomplete === 0) return 'Every difference is explained to the minor unit.';
  return [
    ...(broken > 0 ? [`The proof of ${countOf(broken, 'day')} does not hold: call IT.`] : []),
    ...(incomplete > 0
      ? [`${countOf(incomplete, 'day is', 'days are')} incomplete, and not proved as a whole.`]
      : []),
  ].join(' ');
}

function letterNotes({ lettersElsewhere, lettersOmitted }: DayListView): Html {
  const { shown, more } = firstOf(lettersElsewhere, MAX_WAITING);
  const count = lettersElsewhere.reduce((sum, [, letters]) => sum + letters, 0);
  return html`${
    count > 0 &&
    html`<div class="warning" role="note">
      <strong
        >${countOf(count, 'event waits', 'events wait')} for a decision on dates without a report</strong
      >
      ${shown.map(([date, letters]) => `${date} (${countText(letters)})`).join(', ')}${more > 0 && ` and ${countText(more)} more dates`}.
      Operations lists them as dead letters.
    </div>`
  }
  ${lettersOmitted > 0 && html`<p class="note">${countOf(lettersOmitted, 'older dead letter was', 'older dead letters were')} not looked at for this page; operations lists them.</p>`}`;
}

/** No store on earth is two days ahead of UTC: such a date comes from a wrong clock, and nothing waits for it. */
function waitingNotes({ waiting, today }: DayListView): Html {
  const sorted = [...waiting].sort();
  const due = sorted.filter((date) => date < today);
  const open = sorted.filter((date) => date >= today && date <= addDays(today, 1));
  const future = sorted.filter((date) => date > addDays(today, 1));
  return html`${due.length > 0 && dateNote('Ended, and waiting for the first reconciliation', due)}
  ${open.length > 0 && dateNote('In progress', open)}
  ${
    future.length > 0 &&
    html`<div class="warning" role="note">
      <strong>${countOf(future.length, 'business date')} in the future</strong>
      ${dateList(future)}. A till or a sender has a wrong clock: ask store operations to check it. These dates
      are not reconciled before they have ended.
    </div>`
  }`;
}

const dateNote = (title: string, dates: readonly string[]): Html =>
  html`<p class="note">${title}: ${dateList(dates)}.</p>`;

function dateList(dates: readonly string[]): Html {
  const { shown, more } = firstOf(dates, MAX_WAITING);
  return html`${shown.join(', ')}${more > 0 && ` and ${countText(more)} more`}`;
}

function dayTable(days: readonly DaySummary[]): Html {
  return table({
    caption: 'Business dates, newest first',
    note: html`POS and ledger are the debit accounts; the differences are those of all accounts.`,
    columns: [
      { title: 'Business date' },
      { title: 'Status' },
      { title: 'Exceptions', isFigure: true },
      { title: 'Stores', isFigure: true, isWide: true },
      { title: 'Documents', isFigure: true, isWide: true },
      { title: 'POS', isFigure: true },
      { title: 'Ledger', isFigure: true },
      { title: 'POS above ledger', isFigure: true },
      { title: 'POS below ledger', isFigure: true },
      { title: 'Unexplained', isFigure: true },
    ],
    rows: days.map(dayRow),
  });
}

function dayRow(day: DaySummary): Html {
  const currencies = [...new Set(day.balances.map(({ currency }) => currency))];
  // A summary that an earlier version stored has debits alone, without a side.
  const debits = day.balances.filter(({ side = 'debit' }: Partial<Balance>) => side === 'debit');
  const amounts = (balances: readonly Balance[], of: (balance: Balance) => TotalMinor | undefined): Html[] =>
    currencies.map((currency) => {
      const found = balances.filter((one) => one.currency === currency).map(of);
      if (found.length === 0 || found.some((one) => one === undefined)) return html`<div>not known</div>`;
      const sum = found.reduce((total: bigint, one) => total + BigInt(one ?? 0), 0n);
      return html`<div>${amountText(sum, currency)} ${currency}</div>`;
    });
  return html`<tr>
    <th scope="row">
      <a href="/finance/${day.businessDate}">${day.businessDate}</a>
      ${day.dataAsOf !== '' && html`<div class="detail">Data as of ${instantText(day.dataAsOf)}</div>`}
    </th>
    <td>
      ${statusTag(day)}
      ${
        day.letters > 0 &&
        html`<div class="detail">
          <a href="/finance/${day.businessDate}#letters"
            >${countOf(day.letters, 'event waits', 'events wait')} for a decision</a
          >
        </div>`
      }
    </td>
    <td class="num">${countText(day.exceptions)}</td>
    <td class="num wide">${countText(day.stores)}</td>
    <td class="num wide">${countText(day.documents)}</td>
    <td class="num">${amounts(debits, (one) => one.posMinor)}</td>
    <td class="num">${amounts(debits, (one) => one.ledgerMinor)}</td>
    <td class="num">${amounts(day.balances, (one) => one.aboveMinor)}</td>
    <td class="num">${amounts(day.balances, (one) => one.belowMinor)}</td>
    <td class="num">${amounts(day.balances, (one) => one.unexplainedMinor)}</td>
  </tr>`;
}

function statusTag(day: DaySummary): Html {
  if (!day.proofHolds) return html`<span class="tag bad">Proof broken</span>`;
  if (day.uncovered > 0)
    return html`<span class="tag bad">Incomplete</span>
      <div class="detail">${countOf(day.uncovered, 'part')} missing</div>`;
  if (day.hasNews) return html`<span class="tag warn">New data</span>`;
  return day.exceptions === 0
    ? html`<span class="tag good">Agrees</span>`
    : html`<span class="tag">Explained</span>`;
}

function badFilesTable(files: readonly BadLedgerFile[]): Html {
  return html`<h2>Ledger files with rows that could not be read</h2>
    ${table({
      caption: 'Files to correct',
      note: html`The other rows of these files count. Correct the rows and upload the file again.`,
      columns: [
        { title: 'File' },
        { title: 'Rows read', isFigure: true },
        { title: 'Rows not read', isFigure: true },
        { title: 'First errors' },
      ],
      rows: files.map(badFileRow),
    })}`;
}

function badFileRow({ name, rows, badRows, firstErrors }: BadLedgerFile): Html {
  const { shown } = firstOf(firstErrors, MAX_FILE_ERRORS);
  const more = badRows - shown.length;
  return html`<tr>
    <th scope="row"><code>${name}</code></th>
    <td class="num">${countText(rows)}</td>
    <td class="num">${countText(badRows)}</td>
    <td>
      ${shown.map((error) => html`<div>${error}</div>`)}
      ${more > 0 && html`<div class="detail">and ${countOf(more, 'more error', 'more errors')}</div>`}
    </td>
  </tr>`;
}
