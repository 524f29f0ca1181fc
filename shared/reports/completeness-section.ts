import { formatAmount, type Currency } from '../money.ts';
import {
  completenessTotals,
  type CompletenessGap,
  type CompletenessRow,
  type GapKind,
  type Step,
} from '../reconciliation/completeness.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import { countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { firstOf, table } from './table.ts';

const MAX_ROWS = 50;

const GAP_TEXTS: Readonly<Record<GapKind, string>> = {
  'not-received': 'numbers of the till that never arrived',
  'will-not-post': 'will be refused by Dynamics',
  'posted-all-the-same': 'in the ledger, though a refusal was foreseen',
  'not-in-ledger': 'not in the ledger',
  'on-another-date': 'in the ledger of another date',
  undecided: 'in a statement that differs',
};

/** How far the receipts of the day have come: till, received, validated, ledger, and each gap between them. */
export function completenessSection({ completeness = [] }: DayReport): Html | false {
  if (completeness.length === 0) return false;
  const gaps = completeness.filter((row) => row.gaps.length > 0);
  const { shown, more } = firstOf(gaps, MAX_ROWS);
  return html`<h2 id="completeness">Completeness</h2>
    ${table({
      caption: 'Receipts from till to ledger',
      note: html`Received, less what will be refused, less what is not in the ledger, is in the ledger.
      ${gaps.length === 0 && 'There is no gap in any shift.'}`,
      columns: [
        { title: 'Currency' },
        { title: 'Received', isFigure: true },
        { title: 'Without refusal', isFigure: true },
        { title: 'In the ledger', isFigure: true },
        { title: 'Gaps' },
      ],
      rows: completenessTotals(completeness).map(totalRow),
    })}
    ${
      gaps.length > 0 &&
      table({
        caption: 'Shifts with a gap',
        note: more > 0 ? html`${countText(more)} more are in the JSON.` : undefined,
        columns: [
          { title: 'Store' },
          { title: 'Till and shift' },
          { title: 'Received', isFigure: true },
          { title: 'In the ledger', isFigure: true },
          { title: 'Gaps' },
        ],
        rows: shown.map(shiftRow),
      })
    }`;
}

function totalRow({
  currency,
  received,
  validated,
  inLedger,
  gaps,
}: ReturnType<typeof completenessTotals>[number]): Html {
  return html`<tr>
    <th scope="row">${currency}</th>
    ${[received, validated, inLedger].map((step) => html`<td class="num">${stepText(step, currency)}</td>`)}
    <td>${gapList(gaps, currency)}</td>
  </tr>`;
}

function shiftRow({ storeId, tillId, shiftId, currency, received, inLedger, gaps }: CompletenessRow): Html {
  return html`<tr>
    <td class="store">${storeId}</td>
    <th scope="row">
      ${tillId}
      <div class="detail">${shiftId === '' ? 'no shift named' : shiftId}</div>
    </th>
    <td class="num">${stepText(received, currency)}</td>
    <td class="num">${stepText(inLedger, currency)}</td>
    <td>${gapList(gaps, currency)}</td>
  </tr>`;
}

const stepText = ({ receipts, grossMinor }: Step, currency: Currency): Html =>
  html`${countText(receipts)}
    <div class="detail">${formatAmount(BigInt(grossMinor), currency)} ${currency}</div>`;

function gapList(gaps: readonly CompletenessGap[], currency: Currency): Html | string {
  if (gaps.length === 0) return 'none';
  return html`<ul>
    ${gaps.map((gap) => html`<li>${gapText(gap, currency)}</li>`)}
  </ul>`;
}

/** `3 not in the ledger, 12.50 EUR: X1, X2 and 1 more` */
export function gapText(
  { kind, receipts, grossMinor, examples, omitted }: CompletenessGap,
  currency: Currency,
): string {
  const worth =
    grossMinor === undefined
      ? 'worth not known'
      : `${formatAmount(BigInt(grossMinor), currency)} ${currency}`;
  const which =
    examples.length === 0 ? '' : `: ${examples.join(', ')}${omitted > 0 ? ` and ${omitted} more` : ''}`;
  return `${receipts} ${GAP_TEXTS[kind]}, ${worth}${which}`;
}
