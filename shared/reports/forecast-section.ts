import { formatAmount } from '../money.ts';
import { ruleName } from '../forecast/forecast.ts';
import type { Receipt } from '../forecast/receipts.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { firstOf, table } from './table.ts';

const MAX_RECEIPTS = 50;

/** The receipts that Dynamics will refuse, with what it will say, and what is not foreseen. */
export function forecastSection({ forecast, businessDate }: DayReport): Html | false {
  if (!forecast) return false;
  const { checked, refused, receipts, omitted, notChecked } = forecast;
  const { shown, more } = firstOf(receipts, MAX_RECEIPTS);
  return html`<h2 id="will-not-post">Will not post</h2>
    ${
      refused === 0
        ? html`<p>No refusal by Dynamics is foreseen for ${countOf(checked, 'receipt')}.</p>`
        : table({
            caption: `${countText(refused)} of ${countOf(checked, 'receipt')} that Dynamics will refuse`,
            note:
              more + omitted > 0
                ? html`${countText(more + omitted)} more; see the
                    <a href="/finance/${businessDate}/report.json">JSON</a>.`
                : undefined,
            columns: [
              { title: 'Store' },
              { title: 'Receipt' },
              { title: 'Amount', isFigure: true },
              { title: 'Dynamics will say' },
            ],
            rows: shown.map(receiptRow),
          })
    }
    <details>
      <summary>${countOf(notChecked.length, 'rule')} not checked</summary>
      <ul>
        ${notChecked.map(({ rule, why }) => html`<li>${ruleName(rule)}: ${why}</li>`)}
      </ul>
    </details>`;
}

function receiptRow({ storeId, tillId, transactionId, currency, grossMinor, refusals }: Receipt): Html {
  return html`<tr>
    <td class="store">${storeId}</td>
    <th scope="row">
      ${transactionId}
      <div class="detail">till ${tillId}</div>
    </th>
    <td class="num">${formatAmount(grossMinor, currency)} ${currency}</td>
    <td>
      ${refusals.map(
        ({ message, lineNumber }) =>
          html`<div>
            ${message} ${lineNumber !== undefined && html`<span class="detail">line ${lineNumber}</span>`}
          </div>`,
      )}
    </td>
  </tr>`;
}
