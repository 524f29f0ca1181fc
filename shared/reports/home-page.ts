import { countText, dateText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';

export interface FinanceFigures {
  readonly newest:
    { readonly businessDate: string; readonly proofHolds: boolean; readonly exceptions: number } | undefined;
  readonly brokenProofs: number;
  readonly daysWithExceptions: number;
  /** Dates that have ended and have no report. */
  readonly waiting: number;
  /** Ledger rows that could not be read. */
  readonly badRows: number;
}

export interface OperationsFigures {
  /** Of the newest business dates. */
  readonly critical: number;
  readonly warnings: number;
  readonly undelivered: number;
  readonly deadLetters: number;
  readonly waitingToLand: number;
}

interface Figure {
  readonly label: string;
  readonly value: number;
  /** How much a value above 0 matters. */
  readonly tag?: 'warn' | 'bad';
}

/** One screen that says what needs attention, by what the viewer may see. */
export function homePage(view: {
  readonly viewer: Viewer;
  readonly finance: FinanceFigures | undefined;
  readonly operations: OperationsFigures | undefined;
}): string {
  const { viewer, finance, operations } = view;
  return page(
    { title: 'Home', section: undefined, viewer },
    html`<h1>Tillstream</h1>
      <p class="lead">
        From the till to the ledger: what needs attention now.
        <a href="/live">What tills have counted and what has arrived today</a>.
      </p>
      <div class="cards home">
        ${
          viewer.sections.includes('finance') &&
          html`<section class="card">
            <h2><a href="/finance">Finance</a></h2>
            ${finance ? financeCard(finance) : html`<p>The reconciliation of your stores, by business date.</p>`}
          </section>`
        }
        ${
          operations &&
          html`<section class="card">
            <h2><a href="/operations">Operations</a></h2>
            ${figureList([
              { label: 'Critical alerts on the newest dates', value: operations.critical, tag: 'bad' },
              { label: 'Warnings on the newest dates', value: operations.warnings, tag: 'warn' },
              { label: 'Alerts not delivered yet', value: operations.undelivered, tag: 'warn' },
              { label: 'Dead letters', value: operations.deadLetters, tag: 'bad' },
              { label: 'Events waiting to be landed', value: operations.waitingToLand },
            ])}
          </section>`
        }
      </div>`,
  );
}

function financeCard({ newest, ...figures }: FinanceFigures): Html {
  return html`${
    newest
      ? html`<p>
          Newest day:
          <a href="/finance/${newest.businessDate}">${dateText(newest.businessDate)}</a>
        </p>`
      : html`<p>No day is reconciled yet.</p>`
  }
  ${figureList([
    { label: 'Exceptions on the newest day', value: newest?.exceptions ?? 0, tag: 'warn' },
    { label: 'Days with exceptions', value: figures.daysWithExceptions },
    { label: 'Days waiting for reconciliation', value: figures.waiting },
    { label: 'Days with a broken proof', value: figures.brokenProofs, tag: 'bad' },
    { label: 'Ledger rows that could not be read', value: figures.badRows, tag: 'bad' },
  ])}`;
}

function figureList(figures: readonly Figure[]): Html {
  return html`<dl>
    ${figures.map(
      ({ label, value, tag }) =>
        html`<dt>${label}</dt>
          <dd>
            ${value > 0 && tag ? html`<span class="tag ${tag}">${countText(value)}</span>` : countText(value)}
          </dd>`,
    )}
  </dl>`;
}
