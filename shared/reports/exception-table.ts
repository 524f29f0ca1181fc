import { ageInDays } from '../reconciliation/ageing.ts';
import type { Category, ExceptionClass, ReconciliationException } from '../reconciliation/exception.ts';
import { amountText, countOf } from './figures.ts';
import { html, type Html } from './html.ts';
import { table } from './table.ts';

const CLASS_TAGS: Readonly<Record<ExceptionClass, string>> = {
  'timing difference': 'tag',
  'adjustment required': 'tag warn',
  'requires investigation': 'tag bad',
  'no action': 'tag',
};

export interface ExceptionView {
  readonly storeName: (storeId: string) => string | undefined;
  readonly today: string;
}

/** Exceptions, each with its effect on every account and with the documents behind it. */
export function exceptionTable(exceptions: readonly ReconciliationException[], view: ExceptionView): Html {
  return table({
    caption: 'Exceptions by store',
    note: html`Amounts are positive where the ledger has too little, negative where it has too much.`,
    columns: [
      { title: 'Store' },
      { title: 'Exception' },
      { title: 'Action', isWide: true },
      { title: 'Owner', isWide: true },
      { title: 'Age', isFigure: true, isWide: true },
      { title: 'Amount', isFigure: true, isWide: true },
    ],
    rows: exceptions.map((exception) => exceptionRow(exception, view)),
  });
}

function exceptionRow(exception: ReconciliationException, { storeName, today }: ExceptionView): Html {
  const { category, storeId, subject, detail, owner, amountMinor, currency, businessDate } = exception;
  const amount = currency === undefined ? '' : `${amountText(amountMinor, currency)} ${currency}`;
  const age = countOf(ageInDays(businessDate, today), 'day');
  const action = html`<span class="${CLASS_TAGS[exception.class]}">${exception.class}</span>`;
  return html`<tr id="${exception.exceptionId}">
      <td class="store">
        ${storeId}
        <div class="detail">${storeName(storeId)}</div>
      </td>
      <th scope="row">
        <span class="tag">${categoryText(category)}</span> <span class="subject">${subject}</span>
        <div class="detail">${detail}</div>
        <div class="narrow">${action} ${amount} · ${owner} · ${age}</div>
      </th>
      <td class="wide">${action}</td>
      <td class="wide">${owner}</td>
      <td class="num wide">${age}</td>
      <td class="num wide">${amount}</td>
    </tr>
    ${evidence(exception)}`;
}

/** `missing in POS` for `missing-in-pos`. */
export function categoryText(category: Category): string {
  return category
    .replaceAll('-', ' ')
    .replace(/\bpos\b/, 'POS')
    .replace('dynamics', 'Dynamics');
}

function evidence({ subject, parts, evidence: found }: ReconciliationException): Html {
  const { transactionIds, journalLines, eventIds, omitted } = found;
  if (parts.length + transactionIds.length + journalLines.length + eventIds.length === 0) return html``;
  return html`<tr class="evidence">
    <td></td>
    <td colspan="5">
      <details>
        <summary aria-label="Evidence for ${subject}">Evidence</summary>
        ${
          parts.length > 0 &&
          html`<table>
            <caption>
              Effect by account
            </caption>
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Account</th>
                <th scope="col" class="num">POS less ledger</th>
              </tr>
            </thead>
            <tbody>
              ${parts.map(
                ({ storeId, account, currency, amountMinor }) =>
                  html`<tr>
                    <td>${storeId}</td>
                    <td>${account}</td>
                    <td class="num">${amountText(amountMinor, currency)} ${currency}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
        }
        ${journalLines.length > 0 && journalTable(found)} ${idList('POS documents', transactionIds)}
        ${idList('Events', eventIds)}
        ${omitted > 0 && html`<p class="note">${countOf(omitted, 'more is', 'more are')} not listed.</p>`}
      </details>
    </td>
  </tr>`;
}

function journalTable({ journalLines }: ReconciliationException['evidence']): Html {
  return html`<table>
    <caption>
      Ledger entries
    </caption>
    <thead>
      <tr>
        <th scope="col">Journal</th>
        <th scope="col">Voucher</th>
        <th scope="col">Date</th>
        <th scope="col">Account</th>
        <th scope="col" class="num">Amount</th>
        <th scope="col">Read at</th>
      </tr>
    </thead>
    <tbody>
      ${journalLines.map(
        (line) =>
          html`<tr>
            <td>${line.journalNumber}</td>
            <td>${line.voucher}</td>
            <td>${line.accountingDate}</td>
            <td>${line.account}</td>
            <td class="num">${amountText(line.amountMinor, line.currency)} ${line.currency}</td>
            <td><code>${line.source}</code></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function idList(title: string, ids: readonly string[]): Html {
  if (ids.length === 0) return html``;
  return html`<p class="note">
    ${title}: ${ids.map((id, index) => html`${index > 0 && ', '}<code>${id}</code>`)}
  </p>`;
}
