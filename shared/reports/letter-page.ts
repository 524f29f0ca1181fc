import { needsDecision, type DeadLetter } from '../pos/dead-letter.ts';
import { countOf, countText, instantText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, pageOf, pager, table } from './table.ts';

/** Where a letter's own page is. */
export function letterAddress(name: string): string {
  const slash = name.indexOf('/');
  return `/operations/letters/${encodeURIComponent(name.slice(0, slash))}/${encodeURIComponent(name.slice(slash + 1))}`;
}

interface LetterListView {
  readonly viewer: Viewer;
  readonly filter: Readonly<Partial<Record<FilterName, string>>>;
  readonly letters: ReadonlyArray<{ readonly name: string; readonly letter: DeadLetter }>;
  /** Older ones that the filter was not tried on. */
  readonly unread: number;
  /** From 1. */
  readonly pageNumber: number;
}

export const FILTER_NAMES = ['stage', 'code', 'source', 'store'] as const;
type FilterName = (typeof FILTER_NAMES)[number];
const FILTER_LABELS: Readonly<Record<FilterName, string>> = {
  stage: 'Stage',
  code: 'Reason',
  source: 'Source',
  store: 'Store',
};
const PER_PAGE = 50;

/** Dead letters by filter. */
export function letterListPage({ viewer, filter, letters, unread, pageNumber }: LetterListView): string {
  const { shown, current, pages } = pageOf(letters, pageNumber, PER_PAGE);
  const address = (number: number): string =>
    `/operations/letters?${new URLSearchParams({ ...filter, page: String(number) }).toString()}`;
  return page(
    { title: 'Dead letters', section: 'operations', viewer },
    html`<p class="back"><a href="/operations">Operations</a></p>
      <h1>Dead letters</h1>
      <p class="lead">
        ${countOf(letters.length, 'letter fits', 'letters fit')}.
        ${unread > 0 && `${countText(unread)} older ones were not looked at: choose a stage.`} Many at once
        are replayed or discarded by the command line or the API, which count them first.
      </p>
      <form class="filters" method="get" action="/operations/letters">
        ${FILTER_NAMES.map(
          (name) =>
            html`<label
              >${FILTER_LABELS[name]} <input name="${name}" value="${filter[name] ?? ''}" maxlength="200"
            /></label>`,
        )}
        <button>Find</button>
      </form>
      ${
        shown.length === 0
          ? emptyCard('None.')
          : table({
              caption: 'The newest first',
              columns: [
                { title: 'Letter' },
                { title: 'Store', isWide: true },
                { title: 'Failed at', isWide: true },
                { title: 'Replay to', isWide: true },
              ],
              rows: shown.map(letterRow),
            })
      }
      ${pager('Pages of dead letters', { current, pages, address })}`,
  );
}

function letterRow({ name, letter }: LetterListView['letters'][number]): Html {
  return html`<tr>
    <th scope="row">
      <a href="${letterAddress(name)}"><span class="tag">${letter.code}</span> ${letter.stage}</a>
      ${letter.where ? html`<code>${letter.where}</code>` : ''}
      <div class="detail">${letter.message}</div>
      <div class="narrow">${letter.storeId ?? ''} ${instantText(letter.diedAt)} · to ${letter.replay.to}</div>
    </th>
    <td class="wide">${letter.storeId ?? ''}</td>
    <td class="wide">${instantText(letter.diedAt)}</td>
    <td class="wide">${letter.replay.to}</td>
  </tr>`;
}

export interface LetterPageView {
  readonly viewer: Viewer;
  readonly name: string;
  readonly etag: string;
  readonly letter: DeadLetter;
  readonly deeds: ReadonlyArray<{
    readonly action: string;
    readonly by: string;
    readonly at: string;
    readonly reason: string;
    readonly diff?: string;
  }>;
  /** What was entered and refused, so nobody has to write it again. */
  readonly draft?: string | undefined;
  readonly refusal?: string | undefined;
  readonly newKey: () => string;
}

/** One letter as it is kept, what was done with it, and what can be done. */
export function letterPage(view: LetterPageView): string {
  const { letter, name, viewer, refusal } = view;
  return page(
    { title: `Dead letter ${letter.code}`, section: 'operations', viewer },
    html`<p class="back"><a href="/operations/letters">Dead letters</a></p>
      <h1>${letter.code}</h1>
      ${refusal !== undefined && html`<p class="card bad" role="alert">${refusal}</p>`}
      <p class="lead">${letter.message} ${letter.where ? html`<code>${letter.where}</code>` : ''}</p>
      <section class="card">
        <dl>
          ${factsOf(view).map(
            ([term, text]) =>
              html`<dt>${term}</dt>
                <dd>${text}</dd>`,
          )}
        </dl>
      </section>
      ${
        needsDecision(letter.code) &&
        html`<p class="note">
          A person decides here: to replay it says that it counts, though its id came before or it is older
          than what is remembered. Otherwise discard it.
        </p>`
      }
      ${steps(view)}
      <h2>Payload</h2>
      <pre tabindex="0">${pretty(letter.payload)}</pre>
      <h2>What was done</h2>
      ${view.deeds.length === 0 ? emptyCard('Nothing yet.') : table({ caption: 'The oldest first', columns: [{ title: 'When' }, { title: 'What' }, { title: 'Who' }], rows: view.deeds.map(deedRow) })}
      <p class="note"><code>${name}</code></p>`,
  );
}

const factsOf = ({ letter }: LetterPageView): [string, string][] => {
  const facts: [string, string | undefined][] = [
    ['Stage', letter.stage],
    ['Source', letter.source],
    ['Store', letter.storeId],
    ['Event', letter.eventId],
    ['Failed at', instantText(letter.diedAt)],
    ['Replay to', letter.replay.to === 'queue' ? `queue ${letter.replay.queue}` : letter.replay.to],
  ];
  return facts.flatMap(([term, text]) => (text === undefined ? [] : [[term, text]]));
};

function steps(view: LetterPageView): Html {
  const { letter, draft } = view;
  const isEditable =
    letter.replay.to === 'webhook' ||
    letter.replay.to === 'hub' ||
    (letter.replay.to === 'queue' && letter.replay.queue === 'hydrate');
  const reason = html`<label
    >Reason <input name="reason" required minlength="3" maxlength="2000" autocomplete="off"
  /></label>`;
  const button = (action: string, label: string): Html =>
    html`<button name="action" value="${action}">${label}</button>`;
  return html`<section class="card steps">
    <h2>Next step</h2>
    ${letter.replay.to !== 'nowhere' && formOf(view, html`${reason} ${button('replay', 'Replay')}`)}
    ${formOf(view, html`${reason} ${button('discard', 'Discard')}`)}
    ${
      isEditable &&
      html`<details ${draft !== undefined && html`open`}>
        <summary>Edit</summary>
        ${formOf(
          view,
          html`<label
              >Payload
              <textarea name="payload" rows="16" cols="80" maxlength="90000" spellcheck="false">
${draft ?? pretty(letter.payload)}</textarea>
            </label>
            ${reason} ${button('edit', 'Save')} ${button('edit-replay', 'Save and replay')}`,
        )}
      </details>`
    }
  </section>`;
}

/** Hidden fields of every form: what was seen, and the key by which a second click has no second effect. */
const formOf = ({ name, etag, newKey }: LetterPageView, body: Html): Html =>
  html`<form method="post" action="${letterAddress(name)}">
    <input type="hidden" name="etag" value="${etag}" />
    <input type="hidden" name="key" value="${newKey()}" />
    ${body}
  </form>`;

const deedRow = ({ action, by, at, reason, diff }: LetterPageView['deeds'][number]): Html =>
  html`<tr>
    <td>${instantText(at)}</td>
    <th scope="row">
      ${action}
      <div class="detail">${reason}</div>
      ${diff !== undefined && html`<pre>${diff}</pre>`}
    </th>
    <td>${by}</td>
  </tr>`;

/** JSON with one field a line; everything else as it is. */
function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), undefined, 2);
  } catch {
    return payload;
  }
}

interface OrderPageView {
  readonly viewer: Viewer;
  readonly letters: ReadonlyArray<{
    readonly letter: string;
    readonly action: string;
    readonly state: 'open' | 'done' | 'left';
    readonly detail?: string;
  }>;
}

/** What became of an order. */
export function orderPage({ viewer, letters }: OrderPageView): string {
  const open = letters.filter(({ state }) => state === 'open').length;
  return page(
    { title: 'Order', section: 'operations', viewer },
    html`<p class="back"><a href="/operations/letters">Dead letters</a></p>
      <h1>Order</h1>
      <p class="lead">
        ${
          open === 0
            ? 'It is done.'
            : `${countOf(open, 'letter waits', 'letters wait')}: it takes up to half a minute. Load this page again.`
        }
      </p>
      ${table({
        caption: 'Letters of the order',
        columns: [{ title: 'Letter' }, { title: 'State' }],
        rows: letters.map(
          ({ letter, action, state, detail }) =>
            html`<tr>
              <th scope="row">
                <a href="${letterAddress(letter)}"><code>${letter}</code></a>
                <div class="detail">${action}</div>
              </th>
              <td><span class="${state === 'left' ? 'tag bad' : 'tag'}">${state}</span> ${detail ?? ''}</td>
            </tr>`,
        ),
      })}`,
  );
}
