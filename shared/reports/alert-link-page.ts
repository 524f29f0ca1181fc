import type { Alert } from '../alerts/alert.ts';
import type { LinkAction } from '../alerts/action-links.ts';
import type { AlertLife } from '../alerts/life.ts';
import { MUTE_DAYS, SNOOZE_MINUTES } from './alert-answers.ts';
import { SEVERITY_TAGS } from './alert-board.ts';
import { stateText } from './alert-state.ts';
import { html, type Html } from './html.ts';
import { page } from './page.ts';

/** What a link in a message shows: the alert, and a button that answers it. Nothing happens before it is pressed. */
export interface LinkPage {
  readonly action: LinkAction;
  readonly life: AlertLife;
  /** In the store's own time, with the zone's name. */
  readonly raisedAtText: string;
  /** Why the form comes back. */
  readonly fault?: string | undefined;
}

const TITLES: Readonly<Record<LinkAction, string>> = {
  acknowledge: 'Acknowledge this alert?',
  snooze: 'Snooze this alert?',
  mute: 'Mute alerts like this one?',
};
const EXPLANATIONS: Readonly<Record<LinkAction, string>> = {
  acknowledge: 'You take care of it. Nothing more is sent about it, and it is not escalated.',
  snooze: 'Nothing is sent about it for a while. If it is still open then, it is sent again.',
  mute: 'Nothing is sent about it, nor about what is raised of the same kind at the same till, by the same operator or of the same product in this store.',
};
const BUTTONS: Readonly<Record<LinkAction, string>> = {
  acknowledge: 'Acknowledge',
  snooze: 'Snooze',
  mute: 'Mute',
};

export function alertLinkPage({ action, life, raisedAtText, fault }: LinkPage): string {
  const { alert } = life;
  return linkFrame(
    TITLES[action],
    html`<h1>${TITLES[action]}</h1>
      <p class="lead">${EXPLANATIONS[action]}</p>
      ${alert && alertCard(alert, raisedAtText, stateText(life))}
      ${fault !== undefined && html`<p class="warning" role="alert"><strong>Not done.</strong> ${fault}</p>`}
      <form method="post" class="stacked">
        ${choiceOf(action)}
        <label>Your name <input name="name" required maxlength="100" autocomplete="name" /></label>
        <label>Reason (optional) <input name="reason" maxlength="300" /></label>
        <button>${BUTTONS[action]}</button>
      </form>`,
  );
}

/** What a link says that has nothing to ask: it is done, over, ended, or none of ours. */
export function linkMessagePage(title: string, text: string, life?: AlertLife, raisedAtText = ''): string {
  return linkFrame(
    title,
    html`<h1>${title}</h1>
      <p class="lead">${text}</p>
      ${life?.alert && alertCard(life.alert, raisedAtText, stateText(life))}`,
  );
}

const linkFrame = (title: string, body: Html): string =>
  page({ title, section: undefined, viewer: undefined }, body);

function alertCard(alert: Alert, raisedAtText: string, state: string): Html {
  return html`<section class="card">
    <h2>${alert.title}</h2>
    <p><span class="${SEVERITY_TAGS[alert.severity]}">${alert.severity}</span> ${state}</p>
    <p class="detail">${alert.detail}</p>
    <p class="note">Store ${alert.storeId} · raised ${raisedAtText}</p>
  </section>`;
}

function choiceOf(action: LinkAction): Html | false {
  if (action === 'acknowledge') return false;
  const [name, label, choices, chosen] =
    action === 'snooze'
      ? (['minutes', 'For how long', SNOOZE_MINUTES, 60] as const)
      : (['days', 'For how long', MUTE_DAYS, 7] as const);
  return html`<label
    >${label}
    <select name="${name}">
      ${choices.map(([value, text]) =>
        value === chosen
          ? html`<option value="${value}" selected>${text}</option>`
          : html`<option value="${value}">${text}</option>`,
      )}
    </select></label
  >`;
}
