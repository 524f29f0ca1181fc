import type { BusinessDate } from '../ids.ts';
import type { Balance } from '../reconciliation/day-report.ts';
import { amountText } from './amount-text.ts';
import { html, type Html } from './html.ts';
import { page } from './page.ts';

export interface DaySummary {
  readonly businessDate: BusinessDate;
  readonly proofHolds: boolean;
  readonly exceptions: number;
  readonly stores: number;
  readonly documents: number;
  readonly balances: readonly Balance[];
  /** Data has come since, and the next run will reconcile the date again. */
  readonly hasNews: boolean;
}

export interface BadLedgerFile {
  readonly name: string;
  readonly rows: number;
  readonly badRows: number;
  readonly firstErrors: readonly string[];
}

/** The list of days that are reconciled or wait for it, newest first. */
export function dayListPage(
  days: readonly DaySummary[],
  waiting: readonly BusinessDate[],
  badFiles: readonly BadLedgerFile[],
  userName: string,
): string {
  const newestFirst = [...days].sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1));
  return page(
    { title: 'Reconciliation', section: 'finance', userName },
    html`<h1>Reconciliation</h1>
      <p class="lead">
        POS against ledger, by business date. Every difference is explained to the minor unit.
      </p>
      ${
        waiting.length > 0 &&
        html`<p class="note">Waiting for their first reconciliation: ${[...waiting].sort().join(', ')}</p>`
      }
      ${
        days.length === 0
          ? html`<div class="card empty">
              No day is reconciled yet. A day is due once it has ended in its stores.
            </div>`
          : dayTable(newestFirst)
      }
      ${badFiles.length > 0 && badFilesTable(badFiles)}`,
  );
}

function dayTable(days: readonly DaySummary[]): Html {
  return html`<div class="table">
    <table>
      <caption>
        Business dates, newest first
      </caption>
      <thead>
        <tr>
          <th scope="col">Business date</th>
          <th scope="col">Status</th>
          <th scope="col" class="num">Stores</th>
          <th scope="col" class="num">Documents</th>
          <th scope="col" class="num">POS</th>
          <th scope="col" class="num">Ledger</th>
          <th scope="col" class="num">Unexplained</th>
          <th scope="col" class="num">Exceptions</th>
        </tr>
      </thead>
      <tbody>
        ${days.map(dayRow)}
      </tbody>
    </table>
  </div>`;
}

function dayRow(day: DaySummary): Html {
  const amounts = (of: (balance: Balance) => number): Html[] =>
    day.balances.map(
      (balance) => html`<div>${amountText(of(balance), balance.currency)} ${balance.currency}</div>`,
    );
  return html`<tr>
    <th scope="row"><a href="/finance/${day.businessDate}">${day.businessDate}</a></th>
    <td>${statusTag(day)}</td>
    <td class="num">${day.stores}</td>
    <td class="num">${day.documents}</td>
    <td class="num">${amounts((balance) => balance.posMinor)}</td>
    <td class="num">${amounts((balance) => balance.ledgerMinor)}</td>
    <td class="num">${amounts((balance) => balance.unexplainedMinor)}</td>
    <td class="num">${day.exceptions}</td>
  </tr>`;
}

function statusTag(day: DaySummary): Html {
  if (!day.proofHolds) return html`<span class="tag bad">Proof broken</span>`;
  if (day.hasNews) return html`<span class="tag warn">New data</span>`;
  return day.exceptions === 0
    ? html`<span class="tag good">Agrees</span>`
    : html`<span class="tag">Explained</span>`;
}

function badFilesTable(files: readonly BadLedgerFile[]): Html {
  return html`<h2>Ledger files with rows that could not be read</h2>
    <div class="table">
      <table>
        <caption>
          The other rows of these files count. Mend the rows and upload the file again.
        </caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" class="num">Rows read</th>
            <th scope="col" class="num">Rows not read</th>
            <th scope="col">First errors</th>
          </tr>
        </thead>
        <tbody>
          ${files.map(
            (file) =>
              html`<tr>
                <th scope="row"><code>${file.name}</code></th>
                <td class="num">${file.rows}</td>
                <td class="num">${file.badRows}</td>
                <td>${file.firstErrors.slice(0, 5).map((error) => html`<div>${error}</div>`)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
