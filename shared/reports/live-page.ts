import { formatAmount, type Currency } from '../money.ts';
import type { LiveDay, LiveShift } from '../tills/live-count.ts';
import { countText, dateText, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, firstOf, table } from './table.ts';

export interface LiveStore extends LiveDay {
  readonly storeId: string;
}

interface LiveView {
  readonly viewer: Viewer;
  readonly businessDate: string;
  readonly asOf: string;
  readonly stores: readonly LiveStore[];
  readonly unread: readonly { readonly storeId: string; readonly reason: string }[];
  readonly storeName: (storeId: string) => string | undefined;
}

const MAX_ROWS = 300;

/** Till counter and what was received, shift by shift, as the stream has it this minute. */
export function livePage({ viewer, businessDate, asOf, stores, unread, storeName }: LiveView): string {
  const rows = stores.flatMap((store) => store.shifts.map((shift) => ({ store, shift })));
  // What differs comes first: nobody reads three hundred lines for the one that matters.
  const sorted = [...rows].sort((one, other) => Number(isGap(other.shift)) - Number(isGap(one.shift)));
  const { shown, more } = firstOf(sorted, MAX_ROWS);
  return page(
    { title: `Live ${businessDate}`, section: undefined, viewer },
    html`<h1>Live: ${dateText(businessDate)}</h1>
      <p class="lead">What tills have counted and what has arrived, at ${instantText(asOf)}.</p>
      ${unread.length > 0 && unreadNote(unread)}
      ${
        rows.length === 0
          ? emptyCard('Nothing has arrived of this date.')
          : table({
              caption: 'Shifts',
              note: html`${countText(rows.length)} shifts of ${countText(stores.length)} stores,
                ${countText(rows.filter(({ shift }) => isGap(shift)).length)} with a gap. A till counts with
                its Z report, when the shift closes. How far receipts have come in the ledger is told by the
                <a href="/finance/${businessDate}">report of the date</a>, once it has ended.
                ${more > 0 && `${countText(more)} more shifts are in the JSON.`}`,
              columns: [
                { title: 'Store' },
                { title: 'Till and shift' },
                { title: 'Till (Z report)', isFigure: true },
                { title: 'Received', isFigure: true },
                { title: 'Gap' },
              ],
              rows: shown.map(({ store, shift }) => shiftRow(store, shift, storeName(store.storeId))),
            })
      }
      <p><a href="/live/${businessDate}/live.json">JSON</a></p>`,
  );
}

const isGap = ({ missing }: LiveShift): boolean =>
  missing !== undefined && (missing.receipts !== 0 || (missing.grossMinor ?? 0) !== 0);

function shiftRow(store: LiveStore, shift: LiveShift, name: string | undefined): Html {
  const { tillId, shiftId, currency, till, received, missing } = shift;
  const numbers = store.missingNumbers.find((one) => one.tillId === tillId)?.numbers ?? 0;
  return html`<tr>
    <td class="store">${store.storeId}${name !== undefined && html`<div class="detail">${name}</div>`}</td>
    <th scope="row" class="key">
      ${tillId}
      <div class="detail">${shiftId === '' ? 'no shift named' : shiftId}</div>
    </th>
    <td class="num">${till ? stepText(till, currency) : 'not closed'}</td>
    <td class="num">${stepText(received, currency)}</td>
    <td>
      ${missing && isGap(shift) ? gapText(missing, currency) : missing ? 'none' : ''}
      ${numbers > 0 && html`<div class="detail">${countText(numbers)} running numbers of the till never came</div>`}
    </td>
  </tr>`;
}

function gapText({ receipts, grossMinor }: NonNullable<LiveShift['missing']>, currency: Currency): string {
  const worth =
    grossMinor === undefined ? '' : `, ${formatAmount(Math.abs(grossMinor), currency)} ${currency}`;
  if (receipts === 0) return `another gross${worth}`;
  return receipts > 0
    ? `${countText(receipts)} never arrived${worth}`
    : `${countText(-receipts)} not on the Z report${worth}`;
}

const stepText = (
  { receipts, grossMinor }: { readonly receipts: number; readonly grossMinor: number | undefined },
  currency: Currency,
): Html =>
  html`${countText(receipts)}
    <div class="detail">
      ${grossMinor === undefined ? 'worth not told' : `${formatAmount(grossMinor, currency)} ${currency}`}
    </div>`;

const unreadNote = (unread: LiveView['unread']): Html =>
  html`<div class="warning" role="note">
    <strong>Not all stores could be read</strong>
    <ul>
      ${unread.slice(0, 20).map(({ storeId, reason }) => html`<li>${storeId}: ${reason}</li>`)}
    </ul>
    ${unread.length > 20 && html`<p>${countText(unread.length - 20)} more are in the JSON.</p>`}
  </div>`;
