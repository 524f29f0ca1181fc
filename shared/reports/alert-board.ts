import { ALERT_SEVERITIES, type Alert } from '../alerts/alert.ts';
import { LIFE_STATES, type AlertLife, type LifeState } from '../alerts/life.ts';
import { answerButtons, type AnswerForm } from './alert-answers.ts';
import { stateText } from './alert-state.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { emptyCard, pager, pageOf } from './table.ts';

/** The alerts of all stores, grouped by store, with the buttons that answer them. Filters are in the address. */
export interface AlertBoard {
  /** Those that fit the filter, most urgent first. */
  readonly lives: readonly AlertLife[];
  /** Of all stores and kinds, whatever the filter. */
  readonly all: readonly AlertLife[];
  readonly filter: BoardFilter;
  readonly pageNumber: number;
  /** Alerts whose row holds nothing that can be read. */
  readonly unreadable: number;
  readonly routesOff: readonly { readonly route: string; readonly at: string; readonly reason: string }[];
  readonly mutes: readonly {
    readonly subject: string;
    readonly until: string;
    readonly by: { readonly name: string };
  }[];
  readonly storeName: (storeId: string) => string | undefined;
  /** When an alert was raised, in its store's own time. */
  readonly raisedAtText: (life: AlertLife) => string;
  readonly labelOf: (kind: string) => string;
  readonly form: AnswerForm;
}

export interface BoardFilter {
  readonly state?: LifeState | 'all' | undefined;
  readonly storeId?: string | undefined;
  readonly kind?: string | undefined;
  readonly severity?: Alert['severity'] | undefined;
}

const PER_PAGE = 25;
const BOARD = '/operations';

export function alertBoard(board: AlertBoard): Html {
  const { lives, filter, pageNumber } = board;
  const { shown, current, pages } = pageOf(lives, pageNumber, PER_PAGE);
  const address = (more: Record<string, string | undefined>): string =>
    addressOf({ ...named(filter), ...more });
  return html`<h2 id="alerts">Alerts</h2>
    ${warnings(board)} ${stateFilter(board, address)} ${fieldFilter(board)}
    ${lives.length === 0 ? emptyCard(emptyText(board)) : groupsOf(shown).map((group) => groupSection(group, board))}
    ${pager('Pages of alerts', { current, pages, address: (number) => address({ page: String(number) }) })}`;
}

const named = ({ state, storeId, kind, severity }: BoardFilter) => ({
  state,
  store: storeId,
  kind,
  severity,
});

export function addressOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  const text = new URLSearchParams(given).toString();
  return text === '' ? BOARD : `${BOARD}?${text}`;
}

function emptyText({ filter, all }: AlertBoard): string {
  const isFiltered = Object.values(named(filter)).some((value) => value !== undefined);
  if (isFiltered) return 'No alert fits this filter.';
  return all.length === 0 ? 'No alerts. All is quiet.' : 'No open alerts: all have ended.';
}

/** What makes alerts reach nobody is said above them. */
function warnings({ routesOff, unreadable, mutes }: AlertBoard): Html {
  return html`${routesOff.map(
    ({ route, reason }) =>
      html`<p class="warning">
        <strong>Route ${route} is switched off.</strong> ${reason}. Its alerts are dead letters until its
        entry in alert-routes.json or its secret changes, or
        <code>npm run alerts -- switch-on ${route}</code>.
      </p>`,
  )}
  ${
    unreadable > 0 &&
    html`<p class="warning">
      <strong>${countOf(unreadable, 'alert')} cannot be read</strong> and is not shown here. The log of the
      function followUp names the rows.
    </p>`
  }
  ${
    mutes.length > 0 &&
    html`<p class="note">
      ${countOf(mutes.length, 'subject is', 'subjects are')} muted: new alerts about them are recorded and not
      sent.
    </p>`
  }`;
}

const STATE_NAMES: Readonly<Record<LifeState | 'all', string>> = {
  open: 'Open',
  escalated: 'Escalated',
  acknowledged: 'Acknowledged',
  snoozed: 'Snoozed',
  muted: 'Muted',
  cleared: 'Ended',
  all: 'All',
};

function stateFilter(
  { all, filter }: AlertBoard,
  address: (more: Record<string, string | undefined>) => string,
): Html {
  const count = (state: LifeState): number => all.filter((life) => life.state === state).length;
  const notOver = all.filter(({ state }) => state !== 'cleared').length;
  const entries: [string | undefined, string, number][] = [
    [undefined, 'Not ended', notOver],
    ...LIFE_STATES.map((state): [string, string, number] => [state, STATE_NAMES[state], count(state)]),
    ['all', STATE_NAMES.all, all.length],
  ];
  return html`<ul class="filters" aria-label="State">
    ${entries.map(
      ([state, name, number]) =>
        html`<li>
          ${
            state === filter.state
              ? html`<a href="${address({ state, page: undefined })}" aria-current="true"
                  >${name} ${countText(number)}</a
                >`
              : html`<a href="${address({ state, page: undefined })}">${name} ${countText(number)}</a>`
          }
        </li>`,
    )}
  </ul>`;
}

/** A form of GET, so that the address says what is shown. */
function fieldFilter({ all, filter, labelOf, storeName }: AlertBoard): Html {
  const stores = [...new Set(all.map(({ storeId }) => storeId as string))].sort();
  const kinds = [...new Set(all.flatMap(({ alert }) => alert?.kind ?? []))].sort();
  if (all.length === 0) return html``;
  return html`<div class="steps">
    <form method="get" action="${BOARD}">
      ${filter.state !== undefined && html`<input type="hidden" name="state" value="${filter.state}" />`}
      ${choice(
        'Store',
        'store',
        filter.storeId,
        stores.map((id) => [id, [id, storeName(id)].filter(Boolean).join(' · ')]),
      )}
      ${choice(
        'Kind',
        'kind',
        filter.kind,
        kinds.map((kind) => [kind, labelOf(kind)]),
      )}
      ${choice(
        'Severity',
        'severity',
        filter.severity,
        [...ALERT_SEVERITIES].reverse().map((one) => [one, one]),
      )}
      <button>Filter</button> <a href="${BOARD}">Show all</a>
    </form>
  </div>`;
}

function choice(
  label: string,
  name: string,
  chosen: string | undefined,
  choices: readonly (readonly [string, string])[],
): Html {
  return html`<label
    >${label}
    <select name="${name}">
      <option value="">any</option>
      ${choices.map(([value, text]) =>
        value === chosen
          ? html`<option value="${value}" selected>${text}</option>`
          : html`<option value="${value}">${text}</option>`,
      )}
    </select></label
  >`;
}

/** Groups in the order of their most urgent alert. */
function groupsOf(lives: readonly AlertLife[]): [string, AlertLife[]][] {
  const groups = new Map<string, AlertLife[]>();
  for (const life of lives) groups.set(life.storeId, [...(groups.get(life.storeId) ?? []), life]);
  return [...groups];
}

function groupSection([storeId, lives]: [string, AlertLife[]], board: AlertBoard): Html {
  const name = board.storeName(storeId);
  return html`<section class="card alerts">
    <h3>
      ${storeId}${name !== undefined && html` · ${name}`}
      <span class="note">${countOf(lives.length, 'alert')}</span>
    </h3>
    <ul>
      ${lives.map((life) => alertItem(life, board))}
    </ul>
  </section>`;
}

export const SEVERITY_TAGS: Readonly<Record<Alert['severity'], string>> = {
  info: 'tag',
  warning: 'tag warn',
  critical: 'tag bad',
};

function alertItem(life: AlertLife, { form, raisedAtText }: AlertBoard): Html {
  const { alert, alertId, businessDate } = life;
  if (!alert) return html``;
  return html`<li id="${alertId}">
    <div>
      <span class="${SEVERITY_TAGS[alert.severity]}">${alert.severity}</span>
      <a class="subject" href="/operations/alerts/${businessDate}/${alertId}">${alert.title}</a>
      <div class="detail">${alert.detail}</div>
      <div class="note">Raised ${raisedAtText(life)}. ${stateText(life)}</div>
    </div>
    ${answerButtons(life, form)}
  </li>`;
}
