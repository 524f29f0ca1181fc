import { ageInDays } from '../reconciliation/ageing.ts';
import type { Blocker } from '../workflow/blockers.ts';
import type { HistoryEntry } from '../workflow/history.ts';
import type { Item } from '../workflow/item.ts';
import type { ClosePolicy } from '../workflow/policy.ts';
import type { DayChanges, StoreDay } from '../workflow/store-day.ts';
import { phaseTag } from './closing-section.ts';
import { categoryText } from './exception-table.ts';
import { amountText, countOf, countText, dateText, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, firstOf, table } from './table.ts';

export interface StoreDayPageView {
  readonly viewer: Viewer;
  readonly day: StoreDay;
  readonly storeName: string | undefined;
  readonly items: readonly Item[];
  readonly blockers: readonly Blocker[];
  /** Newest first. */
  readonly history: readonly HistoryEntry[];
  readonly policy: ClosePolicy;
  /** Whether the reader works on days at all; a reader of one store only looks. */
  readonly mayAct: boolean;
  readonly today: string;
  /** A new idempotency key for each form. */
  readonly newKey: () => string;
  /** Why the last step had no effect. */
  readonly refusal: string | undefined;
}

const MAX_ITEMS = 200;
const MAX_HISTORY = 200;

/** One store's day: its state, what is in the way, the exceptions with what can be done, and every step so far. */
export function storeDayPage(view: StoreDayPageView): string {
  const { day, storeName, viewer, refusal } = view;
  const { businessDate, storeId } = day;
  return page(
    { title: `${storeId} ${businessDate}`, section: 'finance', viewer },
    html`<p class="note back"><a href="/finance/${businessDate}">${dateText(businessDate)}</a></p>
      <h1>${storeId} ${storeName}</h1>
      <p class="lead">
        ${dateText(businessDate)} ${phaseTag(day.phase)} ${countOf(day.unanswered, 'exception')} to answer.
      </p>
      ${refusal !== undefined && html`<div class="warning" role="alert"><strong>Nothing was changed.</strong> ${refusal}</div>`}
      ${signatures(day)} ${withdrawalNote(day)} ${blockerNote(view)} ${dayForms(view)} ${itemSection(view)}
      ${historySection(view)}`,
  );
}

function signatures({ prepared, signedOff }: StoreDay): Html {
  if (!prepared) return html``;
  return html`<p>
    Prepared by ${prepared.by.name} at ${instantText(prepared.at)}.
    ${signedOff && html`Signed off by ${signedOff.by.name} at ${instantText(signedOff.at)}.`}
  </p>`;
}

function withdrawalNote({ withdrawal }: StoreDay): Html {
  if (!withdrawal) return html``;
  const { was, by, at, reason, changes } = withdrawal;
  return html`<div class="warning" role="note">
      <strong>It was ${was.replace('-', ' ')}, and that was withdrawn</strong>
      by ${by.name} at ${instantText(at)}: ${reason}
    </div>
    ${changes && changeTable(changes)}`;
}

function changeTable({
  cells,
  added,
  changed,
  gone,
  documents,
  ledgerEntries,
  notes,
  omitted,
}: DayChanges): Html {
  const counts = [
    ...(documents ? [`POS documents: ${documents[0]}, now ${documents[1]}`] : []),
    ...(ledgerEntries ? [`Ledger entries: ${ledgerEntries[0]}, now ${ledgerEntries[1]}`] : []),
    ...notes,
    `Exceptions: ${added.length} new, ${changed.length} changed, ${gone.length} gone`,
    ...(omitted > 0 ? [`${omitted} more changes are not listed`] : []),
  ];
  return html`<p class="note">${counts.join('. ')}.</p>
    ${
      cells.length > 0 &&
      table({
        caption: 'What newer data changed',
        columns: [
          { title: 'Account' },
          { title: 'POS before', isFigure: true },
          { title: 'POS now', isFigure: true },
          { title: 'Ledger before', isFigure: true },
          { title: 'Ledger now', isFigure: true },
        ],
        rows: cells.map(
          (cell) =>
            html`<tr>
              <th scope="row">${cell.account} ${cell.currency}</th>
              ${[cell.posBefore, cell.posAfter, cell.ledgerBefore, cell.ledgerAfter].map(
                (amount) => html`<td class="num">${amountText(amount, cell.currency)}</td>`,
              )}
            </tr>`,
        ),
      })
    }`;
}

function blockerNote({ blockers, day }: StoreDayPageView): Html {
  if (blockers.length === 0 || day.phase === 'signed-off') return html``;
  return html`<div class="warning" role="note">
    <strong>In the way</strong>
    <ul>
      ${blockers.map(({ text }) => html`<li>${text}</li>`)}
    </ul>
  </div>`;
}

/** Hidden fields of every form: what was seen, and the key by which a second click has no second effect. */
function formOf(view: StoreDayPageView, version: number, item: Item | undefined, body: Html): Html {
  const { businessDate, storeId } = view.day;
  return html`<form method="post" action="/finance/${businessDate}/stores/${encodeURIComponent(storeId)}">
    <input type="hidden" name="version" value="${version}" />
    <input type="hidden" name="key" value="${view.newKey()}" />
    ${item && html`<input type="hidden" name="item" value="${item.itemId}" />`} ${body}
  </form>`;
}

const button = (action: string, label: string): Html =>
  html`<button name="action" value="${action}">${label}</button>`;

const textField = (label: string): Html =>
  html`<label>${label} <input name="text" maxlength="2000" autocomplete="off" /></label>`;

function dayForms(view: StoreDayPageView): Html {
  const { day, mayAct, blockers } = view;
  if (!mayAct) return html``;
  const buttons: Html[] = [];
  if (day.phase === 'prepared') buttons.push(button('sign-off', 'Sign off'));
  if (day.phase === 'prepared' || day.phase === 'signed-off') buttons.push(button('reopen', 'Reopen'));
  else if (blockers.length === 0) buttons.push(button('prepare', 'Prepare'));
  return html`<section class="card steps">
    <h2>Next step</h2>
    ${formOf(view, day.version, undefined, html`${textField('Remark')} ${buttons} ${button('comment', 'Comment')}`)}
  </section>`;
}

function itemSection(view: StoreDayPageView): Html {
  const items = [...view.items].sort((one, other) => rankOf(one) - rankOf(other));
  if (items.length === 0)
    return html`<h2>Exceptions</h2>
      ${emptyCard('None. POS and ledger agree in every cell.')}`;
  const { shown, more } = firstOf(items, MAX_ITEMS);
  return html`<h2>Exceptions</h2>
    ${table({
      caption: 'Exceptions over the nights',
      note: html`${more > 0 && `${countText(more)} more are in the API.`} Card numbers, e-mail addresses and
      phone numbers are removed from texts.`,
      columns: [{ title: 'Exception' }, { title: 'Status' }, { title: 'Amount', isFigure: true }],
      rows: shown.map((item) => itemRow(view, item)),
    })}`;
}

const rankOf = ({ status }: Item): number => ['open', 'explained', 'accepted', 'cleared'].indexOf(status);

function itemRow(view: StoreDayPageView, item: Item): Html {
  const { category, subject, detail, status, reason, assignee, amountMinor, currency, comments } = item;
  const age = countOf(ageInDays(view.day.businessDate, view.today), 'day');
  return html`<tr id="${item.itemId}">
    <th scope="row">
      <span class="tag">${categoryText(category)}</span> <span class="subject">${subject}</span>
      <div class="detail">${detail}</div>
      ${itemForms(view, item)}
    </th>
    <td>
      <span class="tag">${status}</span>
      <div class="detail">${age}${item.reopened > 0 && `, came back ${countText(item.reopened)} times`}</div>
      ${assignee !== undefined && html`<div class="detail">For ${assignee}</div>`}
      ${reason && html`<div class="detail">${reason.code}: ${reason.text} (${reason.by.name})</div>`}
      ${comments > 0 && html`<div class="detail">${countOf(comments, 'comment')}</div>`}
    </td>
    <td class="num">${currency !== undefined && `${amountText(amountMinor, currency)} ${currency}`}</td>
  </tr>`;
}

function itemForms(view: StoreDayPageView, item: Item): Html {
  const { mayAct, day, policy } = view;
  if (!mayAct) return html``;
  const isOpen = day.phase !== 'prepared' && day.phase !== 'signed-off' && item.status !== 'cleared';
  const reasons = policy.reasonCodes.map(
    ({ code, label }) => html`<option value="${code}">${label}</option>`,
  );
  return html`<details class="steps">
    <summary>Work on ${item.subject}</summary>
    ${formOf(
      view,
      item.version,
      item,
      html`${
        isOpen &&
        html`<label
          >Reason
          <select name="reasonCode">
            ${reasons}
          </select></label
        >`
      }
      ${textField('Text')} ${isOpen && [button('explain', 'Explain'), button('accept', 'Accept')]}
      ${isOpen && item.status !== 'open' && button('take-back', 'Take back')} ${button('comment', 'Comment')}`,
    )}
    ${formOf(
      view,
      item.version,
      item,
      html`<label>Assign to <input name="assignee" maxlength="200" value="${item.assignee ?? ''}" /></label>
        ${button('assign', 'Assign')}`,
    )}
  </details>`;
}

function historySection({ history, items }: StoreDayPageView): Html {
  const subjects = new Map(items.map(({ itemId, subject }) => [itemId, subject]));
  const { shown, more } = firstOf(history, MAX_HISTORY);
  return html`<h2>History</h2>
    ${table({
      caption: 'Every step, newest first',
      note: html`${more > 0 && `${countText(more)} older steps are in the API.`}`,
      columns: [{ title: 'When' }, { title: 'Who' }, { title: 'What' }],
      rows: shown.map(
        ({ at, by, what, itemId, text }) =>
          html`<tr>
            <th scope="row">${instantText(at)}</th>
            <td>${by.name}</td>
            <td>
              ${what.replace('-', ' ')} ${itemId !== undefined && (subjects.get(itemId) ?? itemId)}
              ${text !== undefined && html`<div class="detail">${text}</div>`}
            </td>
          </tr>`,
      ),
    })}`;
}
