import { formatAmount, type Currency } from '../money.ts';
import type { CompletenessRow } from '../reconciliation/completeness.ts';
import type { CompletenessGap, GapKind, Step } from '../reconciliation/completeness-gap.ts';
import { completenessTotals, type CompletenessTotal } from '../reconciliation/completeness-totals.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import type { TillCount } from '../reconciliation/till-count.ts';
import { countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { firstOf, table } from './table.ts';

const MAX_ROWS = 50;

const GAP_TEXTS: Readonly<Record<GapKind, string>> = {
  'not-received': 'never arrived, though the till counted them',
  'z-across-dates': 'on the Z report and not of this date: the shift may have begun the day before',
  'not-on-z-report': 'received, and not on the Z report',
  'voided-after-z': 'taken back after the Z report',
  'z-amount-differs': 'missing by the Z report, but its gross is another',
  'numbers-without-sale': 'numbers of the till that never arrived; by the Z report none is a sale',
  'not-uploaded': 'not at headquarters yet',
  'not-in-force-there': 'voided or on hold at headquarters',
  'failed-validation': 'failed validation at headquarters',
  'not-validated': 'not validated at headquarters yet',
  'will-not-post': 'will be refused by Dynamics',
  'not-in-statement': 'validated, and in no statement yet',
  'posted-all-the-same': 'in the ledger, though they were stopped before',
  'statement-not-posted': 'in a statement that is not posted',
  'not-in-ledger': 'not in the ledger',
  'on-another-date': 'in the ledger of another date',
  undecided: 'in a posting that differs',
  'amount-differs-there': 'with another gross at headquarters',
  'payment-differs-there': 'with another payment at headquarters',
  'headquarters-only': 'at headquarters, and never sent by a till',
  'number-twice': 'at headquarters under a number that others have as well',
};

/** Steps that some report does not have. */
type OptionalStep = 'till' | 'uploaded' | 'inStatement';
const STEPS = [
  ['till', 'Till (Z report)'],
  ['received', 'Received'],
  ['uploaded', 'At headquarters'],
  ['validated', 'Validated'],
  ['inStatement', 'In a statement'],
  ['inLedger', 'In the ledger'],
] as const;

/** How far the receipts of the day have come: from the till's counter to the ledger, and each gap between them. */
export function completenessSection({ completeness = [] }: DayReport): Html | false {
  if (completeness.length === 0) return false;
  const gaps = completeness.filter((row) => row.gaps.length > 0);
  const { shown, more } = firstOf(gaps, MAX_ROWS);
  const totals = completenessTotals(completeness);
  const steps = STEPS.filter(([step]) => totals.some((total) => total[step] !== undefined));
  const columns = steps.map(([, title]) => ({ title, isFigure: true }));
  return html`<h2 id="completeness">Completeness</h2>
    ${table({
      caption: 'Receipts from till to ledger',
      note: html`Each step is the one before less its gaps. ${lackingSteps(totals)}
      ${gaps.length === 0 && 'There is no gap in any shift.'}`,
      columns: [{ title: 'Currency' }, ...columns, { title: 'Gaps' }],
      rows: totals.map((total) => totalRow(total, steps)),
    })}
    ${
      gaps.length > 0 &&
      table({
        caption: 'Shifts with a gap',
        note: more > 0 ? html`${countText(more)} more are in the JSON.` : undefined,
        columns: [{ title: 'Store' }, { title: 'Till and shift' }, ...columns, { title: 'Gaps' }],
        rows: shown.map((row) => shiftRow(row, steps)),
      })
    }`;
}

/** Why a step is not shown, or counts only a part. */
function lackingSteps(totals: readonly CompletenessTotal[]): string {
  const shifts = totals.reduce((sum, total) => sum + total.shifts, 0);
  const withZ = totals.reduce((sum, total) => sum + total.shiftsWithZ, 0);
  const lacking = (step: OptionalStep): boolean => totals.every((total) => total[step] === undefined);
  return [
    withZ === 0
      ? 'No till sent a Z report, so only gaps in running numbers show what never arrived.'
      : withZ < shifts
        ? `${withZ} of ${shifts} shifts have a Z report; the first column is theirs.`
        : '',
    lacking('uploaded')
      ? 'Headquarters is not read: what is validated follows from the forecast of refusals.'
      : lacking('inStatement')
        ? 'Headquarters does not show statements.'
        : '',
  ]
    .filter((text) => text !== '')
    .join(' ');
}

type Steps = readonly (typeof STEPS)[number][];

function totalRow(total: CompletenessTotal, steps: Steps): Html {
  const { currency, gaps } = total;
  return html`<tr>
    <th scope="row">${currency}</th>
    ${stepCells(total, steps)}
    <td>${gapList(gaps, currency)}</td>
  </tr>`;
}

function shiftRow(row: CompletenessRow, steps: Steps): Html {
  const { storeId, tillId, shiftId, currency, gaps } = row;
  return html`<tr>
    <td class="store">${storeId}</td>
    <th scope="row" class="key">
      ${tillId}
      <div class="detail">${shiftId === '' ? 'no shift named' : shiftId}</div>
    </th>
    ${stepCells(row, steps)}
    <td>${gapList(gaps, currency)}</td>
  </tr>`;
}

const stepCells = (row: CompletenessRow | CompletenessTotal, steps: Steps): Html[] =>
  steps.map(([step]) => html`<td class="num">${stepText(row[step], row.currency)}</td>`);

function stepText(step: Step | TillCount | undefined, currency: Currency): Html | string {
  if (!step) return 'not told';
  const { receipts, grossMinor } = step;
  return html`${countText(receipts)}
    <div class="detail">
      ${grossMinor === undefined ? 'worth not told' : `${formatAmount(BigInt(grossMinor), currency)} ${currency}`}
    </div>`;
}

function gapList(gaps: readonly CompletenessGap[], currency: Currency): Html | string {
  if (gaps.length === 0) return 'none';
  return html`<ul>
    ${gaps.map((gap) => html`<li>${gapText(gap, currency)}</li>`)}
  </ul>`;
}

/** `3 not in the ledger, 12.50 EUR: X1, X2 and 1 more` */
export function gapText(
  { kind, receipts, grossMinor, examples, omitted, message }: CompletenessGap,
  currency: Currency,
): string {
  const worth =
    grossMinor === undefined
      ? 'worth not known'
      : `${formatAmount(BigInt(grossMinor), currency)} ${currency}`;
  const which =
    examples.length === 0 ? '' : `: ${examples.join(', ')}${omitted > 0 ? ` and ${omitted} more` : ''}`;
  const said = message === undefined ? '' : ` (${message})`;
  return `${receipts} ${textOf(kind)}${said}, ${worth}${which}`;
}

/** A later version may name gaps that this one does not know. */
const textOf = (kind: string): string => (GAP_TEXTS as Readonly<Record<string, string>>)[kind] ?? kind;
