import { ageInDays } from '../reconciliation/ageing.ts';
import type { Category, ExceptionClass, ReconciliationException } from '../reconciliation/exception.ts';
import { amountText } from './amount-text.ts';
import { html, type Html } from './html.ts';

const CLASS_TAGS: Readonly<Record<ExceptionClass, string>> = {
  'timing difference': 'tag',
  'adjustment required': 'tag warn',
  'requires investigation': 'tag bad',
};

export interface ExceptionView {
  readonly storeName: (storeId: string) => string | undefined;
  readonly today: string;
}

/** Reconciling items, each with what it does to every account and the documents that it rests on. */
export function exceptionTable(exceptions: readonly ReconciliationException[], view: ExceptionView): Html {
  return html`<div class="table">
    <table>
      <caption>
        Amounts are POS less ledger
      </caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Store</th>
          <th scope="col">What to do</th>
          <th scope="col">Owner</th>
          <th scope="col" class="num">Age</th>
          <th scope="col" class="num">Amount</th>
        </tr>
      </thead>
      <tbody>
        ${exceptions.map((exception) => exceptionRow(exception, view))}
      </tbody>
    </table>
  </div>`;
}

function exceptionRow(exception: ReconciliationException, { storeName, today }: ExceptionView): Html {
  const { category, storeId, subject, detail, owner, amountMinor, currency, businessDate } = exception;
  const name = storeName(storeId);
  const amount = currency === undefined ? '' : `${amountText(amountMinor, currency)} ${currency}`;
  const days = ageInDays(businessDate, today);
  return html`<tr id="${exception.exceptionId}">
      <th scope="row">
        <span class="tag">${categoryText(category)}</span> <span class="subject">${subject}</span>
        <div class="detail">${detail}</div>
      </th>
      <td class="store">
        ${storeId}
        <div class="detail">${name}</div>
      </td>
      <td><span class="${CLASS_TAGS[exception.class]}">${exception.class}</span></td>
      <td>${owner}</td>
      <td class="num">${days} ${days === 1 ? 'day' : 'days'}</td>
      <td class="num">${amount}</td>
    </tr>
    ${evidence(exception)}`;
}

/** `missing in POS` for `missing-in-pos`. */
export function categoryText(category: Category): string {
  return category.replaceAll('-', ' ').replace(/\bpos\b/, 'POS');
}

function evidence({ subject, parts, evidence: found }: ReconciliationException): Html {
  const { transactionIds, journalLines, eventIds, omitted } = found;
  if (parts.length + transactionIds.length + journalLines.length + eventIds.length === 0) return html``;
  return html`<tr class="evidence">
    <td colspan="6">
      <details>
        <summary aria-label="Evidence for ${subject}">Evidence</summary>
        ${
          parts.length > 0 &&
          html`<table>
            <caption>
              What it explains
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
        ${idList('Events', eventIds)} ${omitted > 0 && html`<p class="note">and ${omitted} more</p>`}
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
