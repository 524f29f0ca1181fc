import { isAudible, type AlertLife } from '../alerts/life.ts';
import { html, type Html } from './html.ts';

/** What every form of an answer carries along. */
export interface AnswerForm {
  /** A new one for each form: the same form sent twice has one effect. */
  readonly newKey: () => string;
  /** Where the browser goes afterwards. */
  readonly back: string;
  /** Who is signed in: to whom `Assign to me` assigns. */
  readonly userName: string;
}

export const SNOOZE_MINUTES = [
  [60, '1 hour'],
  [240, '4 hours'],
  [720, '12 hours'],
  [1_440, '1 day'],
  [4_320, '3 days'],
] as const;
export const MUTE_DAYS = [
  [1, '1 day'],
  [7, '1 week'],
  [30, '30 days'],
  [90, '90 days'],
] as const;

const pathOf = ({ businessDate, alertId }: AlertLife): string =>
  `/operations/alerts/${businessDate}/${alertId}`;

/** The answers that need no more than a press of a button. */
export function answerButtons(life: AlertLife, form: AnswerForm): Html {
  const buttons: [string, string][] = [];
  if (isAudible(life))
    buttons.push(['acknowledge', 'Acknowledge'], ['snooze', 'Snooze 1 h'], ['mute', 'Mute 1 week']);
  if (life.state !== 'cleared' && life.planned.length > 0) buttons.push(['escalate', 'Escalate']);
  if (life.state !== 'cleared' && life.assignee !== form.userName) buttons.push(['assign', 'Assign to me']);
  if (life.state === 'acknowledged') buttons.push(['clear', 'Clear']);
  if (['acknowledged', 'snoozed', 'muted'].includes(life.state)) buttons.push(['reopen', 'Reopen']);
  return html`<form method="post" action="${pathOf(life)}" class="answers">
    ${hidden(form)}<input type="hidden" name="to" value="${form.userName}" />
    ${buttons.map(
      ([action, label]) =>
        html`<button name="action" value="${action}" aria-label="${label}: ${life.alert?.title ?? ''}">
          ${label}
        </button>`,
    )}
    <a href="${pathOf(life)}" aria-label="More: ${life.alert?.title ?? ''}">More</a>
  </form>`;
}

const hidden = ({ newKey, back }: AnswerForm): Html =>
  html`<input type="hidden" name="key" value="${newKey()}" /><input
      type="hidden"
      name="back"
      value="${back}"
    />`;

/** Every answer that an alert can be given as it is, each with its own fields. */
export function answerForms(life: AlertLife, form: AnswerForm): Html {
  const isOver = life.state === 'cleared';
  const mayReopen = !isAudible(life) && !(isOver && life.by.kind !== 'person');
  return html`<div class="steps">
    ${!isOver && isAudible(life) && answerForm(life, form, 'acknowledge', 'Acknowledge', html``)}
    ${!isOver && answerForm(life, form, 'snooze', 'Snooze', choice('minutes', SNOOZE_MINUTES, 60))}
    ${!isOver && answerForm(life, form, 'mute', 'Mute', choice('days', MUTE_DAYS, 7))}
    ${!isOver && life.planned.length > 0 && answerForm(life, form, 'escalate', 'Escalate', html``)}
    ${answerForm(
      life,
      form,
      'assign',
      'Assign',
      html`<label
        >To <input name="to" maxlength="200" value="${life.assignee ?? ''}" placeholder="nobody"
      /></label>`,
    )}
    ${!isOver && answerForm(life, form, 'clear', 'Clear: it is over', html``)}
    ${mayReopen && answerForm(life, form, 'reopen', 'Reopen', html``)}
  </div>`;
}

function answerForm(life: AlertLife, form: AnswerForm, action: string, label: string, fields: Html): Html {
  return html`<form method="post" action="${pathOf(life)}">
    ${hidden(form)}<input type="hidden" name="action" value="${action}" /> ${fields}
    <label
      >Reason (optional) <input name="reason" maxlength="500" aria-label="Reason to ${action} (optional)"
    /></label>
    <button>${label}</button>
  </form>`;
}

function choice(name: string, choices: readonly (readonly [number, string])[], chosen: number): Html {
  return html`<label
    >For
    <select name="${name}">
      ${choices.map(([value, text]) =>
        value === chosen
          ? html`<option value="${value}" selected>${text}</option>`
          : html`<option value="${value}">${text}</option>`,
      )}
    </select></label
  >`;
}
