import type { AlertLife } from '../alerts/life.ts';
import { SEVERITY_TAGS } from './alert-board.ts';
import { answerForms, type AnswerForm } from './alert-answers.ts';
import { stateText } from './alert-state.ts';
import { countOf, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { table } from './table.ts';

export interface AlertPage {
  readonly viewer: Viewer;
  readonly life: AlertLife;
  readonly storeName: string | undefined;
  readonly raisedAtText: string;
  readonly label: string;
  /** Names of the routes that took it, on each occasion. */
  readonly deliveredTo: readonly string[];
  readonly form: AnswerForm;
}

/** One alert: what it says, who answered it, and every way to answer it now. */
export function alertPage({
  viewer,
  life,
  storeName,
  raisedAtText,
  label,
  deliveredTo,
  form,
}: AlertPage): string {
  const { alert, planned } = life;
  const title = alert?.title ?? 'An alert that has not arrived yet';
  return page(
    { title, section: 'operations', viewer },
    html`<p class="back"><a href="${form.back}">All alerts</a></p>
      <h1>${title}</h1>
      <p class="lead">
        <span class="${SEVERITY_TAGS[alert?.severity ?? 'info']}">${alert?.severity ?? 'info'}</span>
        ${stateText(life)}
      </p>
      <div class="cards">
        <section class="card">
          <h2>${label}</h2>
          <p>${alert?.detail}</p>
          ${factList(life, storeName, raisedAtText)}
        </section>
        <section class="card">
          <h2>Who was told</h2>
          ${
            deliveredTo.length === 0
              ? html`<p>Nobody yet.</p>`
              : html`<ul>
                  ${deliveredTo.map((name) => html`<li>${name}</li>`)}
                </ul>`
          }
          ${planned.map(
            ({ to, dueAt }) =>
              html`<p class="note">If nobody answers, it goes to ${to} at ${instantText(dueAt)}.</p>`,
          )}
        </section>
      </div>
      <h2>Answer</h2>
      ${answerForms(life, form)} ${historySection(life)} ${evidenceSection(life)}`,
  );
}

function factList({ alert, storeId }: AlertLife, storeName: string | undefined, raisedAtText: string): Html {
  const facts: [string, string | undefined][] = [
    ['Store', storeName === undefined ? storeId : `${storeId} · ${storeName}`],
    ['Till', alert?.tillId],
    ['Operator (a pseudonym)', alert?.operatorId],
    ['Product', alert?.productId],
    ['Business date', alert?.businessDate],
    ['Raised', raisedAtText],
  ];
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        value !== undefined &&
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function historySection({ history, earlierSteps }: AlertLife): Html {
  return html`<h2>History</h2>
    ${table({
      caption: 'Every step, newest first',
      note:
        earlierSteps > 0
          ? html`${countOf(earlierSteps, 'earlier step is', 'earlier steps are')} not kept.`
          : undefined,
      columns: [{ title: 'When' }, { title: 'What' }, { title: 'Who' }, { title: 'More', isWide: true }],
      rows: [...history].reverse().map(
        ({ at, what, by, text }) =>
          html`<tr>
            <td>${instantText(at)}</td>
            <th scope="row">
              ${what.replace('-', ' ')}
              <div class="narrow">${text}</div>
            </th>
            <td>${by.name}</td>
            <td class="wide">${text}</td>
          </tr>`,
      ),
    })}`;
}

function evidenceSection({ alert }: AlertLife): Html {
  if (!alert || alert.evidence.length === 0) return html``;
  return html`<h2>Evidence</h2>
    ${table({
      caption: `${countOf(alert.evidence.length, 'event')} behind this alert`,
      columns: [{ title: 'Event' }, { title: 'Transaction' }, { title: 'Occurred at' }],
      rows: alert.evidence.map(
        ({ eventId, transactionId, occurredAt }) =>
          html`<tr>
            <th scope="row"><code>${eventId}</code></th>
            <td>${transactionId ?? '–'}</td>
            <td>${instantText(occurredAt)}</td>
          </tr>`,
      ),
    })}`;
}
