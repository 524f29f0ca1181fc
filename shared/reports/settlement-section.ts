import type { TotalMinor } from '../money.ts';
import type { PayoutSides, SettlementDay } from '../reconciliation/settlement/settlement-day.ts';
import { amountText, countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { firstOf, table } from './table.ts';

const MAX_PAYOUTS = 200;
const MAX_ROW_ERRORS = 20;

/** Card payments and payouts: till, acquirer, and what ledger and bank have of it. */
export function settlementSection(settlement: SettlementDay | undefined): Html | false {
  if (!settlement) return false;
  return html`<h2 id="settlement">Card payments and payouts</h2>
    ${cardTable(settlement)} ${payoutTable(settlement)} ${rowErrors(settlement)}`;
}

function cardTable({ cards }: SettlementDay): Html | false {
  return (
    cards.length > 0 &&
    table({
      caption: 'Card payments of the day',
      columns: [
        { title: 'Currency' },
        { title: 'Till', isFigure: true },
        { title: 'Acquirer has', isFigure: true },
        { title: 'Not settled', isFigure: true },
        { title: 'Payments', isFigure: true },
        { title: 'Compared by' },
      ],
      rows: cards.map(
        ({ currency, tillMinor, settledMinor, payments, settled, matchedBy }) =>
          html`<tr>
            <th scope="row">${currency}</th>
            <td class="num">${amountText(tillMinor, currency)}</td>
            <td class="num">${amountText(settledMinor, currency)}</td>
            <td class="num">${amountText(BigInt(tillMinor) - BigInt(settledMinor), currency)}</td>
            <td class="num">${countText(settled)} of ${countText(payments)}</td>
            <td>${matchedBy === 'none' ? 'nothing yet' : matchedBy}</td>
          </tr>`,
      ),
    })
  );
}

function payoutTable({ payouts }: SettlementDay): Html | false {
  const { shown, more } = firstOf(payouts, MAX_PAYOUTS);
  return (
    shown.length > 0 &&
    table({
      caption: 'Payouts of the day',
      note: html`Payments + refunds + chargebacks + other − fees = paid out = ledger.
      ${more > 0 && html`${countText(more)} more are in the JSON.`}`,
      columns: [
        { title: 'Payout' },
        { title: 'At the till', isFigure: true },
        { title: 'Payments', isFigure: true },
        { title: 'Refunds', isFigure: true },
        { title: 'Chargebacks', isFigure: true },
        { title: 'Other', isFigure: true },
        { title: 'Fees', isFigure: true },
        { title: 'Net', isFigure: true },
        { title: 'Paid out', isFigure: true },
        { title: 'Ledger', isFigure: true },
        { title: 'Bank', isFigure: true },
      ],
      rows: shown.map(payoutRow),
    })
  );
}

function payoutRow(payout: PayoutSides): Html {
  const { acquirer, payoutId, currency, reserveMinor, adjustmentMinor, notAtTill, notCompared } = payout;
  const figure = (minor: TotalMinor | bigint | undefined): Html =>
    html`<td class="num">${minor === undefined ? '–' : amountText(minor, currency)}</td>`;
  const notes = [
    ...(notAtTill > 0 ? [`${countOf(notAtTill, 'row')} at no till`] : []),
    ...(notCompared > 0 ? [`${countOf(notCompared, 'row')} of days too far back to compare`] : []),
  ];
  return html`<tr>
    <th scope="row">${acquirer} ${payoutId} ${currency}</th>
    <td class="num">
      ${amountText(payout.tillMinor, currency)}${notes.length > 0 && html` (${notes.join(', ')})`}
    </td>
    ${figure(payout.captureMinor)} ${figure(payout.refundMinor)} ${figure(payout.chargebackMinor)}
    ${figure(BigInt(reserveMinor) + BigInt(adjustmentMinor))} ${figure(payout.feeMinor)}
    ${figure(payout.netMinor)} ${figure(payout.paidOutMinor)} ${figure(payout.ledgerMinor)}
    ${figure(payout.bankMinor)}
  </tr>`;
}

function rowErrors({ rowErrors: errors, rowErrorsOmitted }: SettlementDay): Html | false {
  const { shown, more } = firstOf(errors, MAX_ROW_ERRORS);
  const others = more + rowErrorsOmitted;
  return (
    shown.length > 0 &&
    html`<p>Rows of settlement reports that could not be read, and are in no figure here:</p>
      <ul>
        ${shown.map(({ file, line, column, reason }) => html`<li><code>${file}:${line}</code> ${column} ${reason}</li>`)}
        ${others > 0 && html`<li>and ${countText(others)} more</li>`}
      </ul>`
  );
}
