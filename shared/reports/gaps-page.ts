import { countOf, countText, dateText } from './figures.ts';
import { html, type Html } from './html.ts';
import { page, type Viewer } from './page.ts';
import { emptyCard, firstOf, table } from './table.ts';

/** What vendors hold of a business date beside what came of it: see the table `gaps`. */
export interface GapReport {
  readonly businessDate: string;
  readonly lists: ReadonlyArray<{
    readonly source: string;
    readonly sender?: string | undefined;
    readonly location?: string | undefined;
    /** `open`, `done`, `refused` or `no-token`. */
    readonly state: string;
    readonly listed: number;
    /** Objects that had come by webhook. */
    readonly received: number;
    readonly reason?: string | undefined;
  }>;
  /** Objects that had not come by webhook. */
  readonly objects: ReadonlyArray<{
    readonly source: string;
    readonly object: string;
    readonly vendorId: string;
    /** `healed`, `received`, `ignored`, `waiting` or `failed`. */
    readonly state: string;
    readonly storeId?: string | undefined;
    readonly reason?: string | undefined;
  }>;
  readonly tills: ReadonlyArray<{
    readonly kind: string;
    readonly storeId: string;
    readonly tillId?: string | undefined;
    readonly what: string;
  }>;
}

const MAX_ROWS = 200;
const STATE_TEXTS: Readonly<Record<string, string>> = {
  open: 'Not finished',
  done: 'Compared',
  refused: 'Not compared',
  'no-token': 'No access token',
  healed: 'Healed',
  received: 'Had come under another date',
  ignored: 'Needs no event',
  waiting: 'Waiting for the vendor',
  failed: 'Could not be fetched',
};
const BAD = new Set(['refused', 'failed']);

/** Gaps of one date: what the vendor lists and no webhook brought, numbers that never came, tills that were silent. */
export function gapsPage({
  report,
  viewer,
}: {
  readonly report: GapReport;
  readonly viewer: Viewer;
}): string {
  const { businessDate, objects } = report;
  const healed = objects.filter(({ state }) => state === 'healed').length;
  const failed = objects.filter(({ state }) => state === 'failed').length;
  return page(
    { title: `Gaps of ${businessDate}`, section: 'operations', viewer },
    html`<h1>Gaps of ${dateText(businessDate)}</h1>
      <p class="lead">
        ${healed === 0 ? 'Nothing had to be fetched.' : `${countOf(healed, 'object was', 'objects were')} missing and healed.`}
        ${failed > 0 && `${countOf(failed, 'object', 'objects')} could not be fetched: the day's report says so to finance.`}
      </p>
      <p><a href="/operations/gaps/${businessDate}/gaps.json">As JSON</a></p>
      ${lists(report)} ${missing(report)} ${tills(report)}`,
  );
}

const tag = (state: string): Html =>
  html`<span class="${BAD.has(state) ? 'tag bad' : 'tag'}">${STATE_TEXTS[state] ?? state}</span>`;
const note = (more: number): Html | undefined =>
  more > 0 ? html`${countText(more)} more are in the JSON.` : undefined;

function lists({ lists: all }: GapReport): Html {
  if (all.length === 0)
    return html`<h2>Lists of vendors</h2>
      ${emptyCard('None was compared: the date has not ended, or no source of the stores has a list.')}`;
  const { shown, more } = firstOf(all, MAX_ROWS);
  return html`<h2>Lists of vendors</h2>
    ${table({
      caption: 'What each vendor holds of the date',
      note: note(more),
      columns: [
        { title: 'Source' },
        { title: 'Merchant, location' },
        { title: 'Listed', isFigure: true },
        { title: 'Had come', isFigure: true },
        { title: 'State' },
      ],
      rows: shown.map(
        ({ source, sender, location, listed, received, state, reason }) =>
          html`<tr>
            <th scope="row">${source}</th>
            <td>${[sender, location].filter((part) => part !== undefined).join(', ')}</td>
            <td class="num">${countText(listed)}</td>
            <td class="num">${countText(received)}</td>
            <td>${tag(state)} ${reason !== undefined && html`<div class="detail">${reason}</div>`}</td>
          </tr>`,
      ),
    })}`;
}

function missing({ objects }: GapReport): Html {
  if (objects.length === 0) return html``;
  const { shown, more } = firstOf(objects, MAX_ROWS);
  return html`<h2>What had not come</h2>
    ${table({
      caption: 'Objects that no webhook had brought',
      note: note(more),
      columns: [{ title: 'Source' }, { title: 'Object' }, { title: 'Store' }, { title: 'State' }],
      rows: shown.map(
        ({ source, object, vendorId, storeId, state, reason }) =>
          html`<tr>
            <td>${source}</td>
            <th scope="row">${object} <code>${vendorId}</code></th>
            <td>${storeId ?? ''}</td>
            <td>${tag(state)} ${reason !== undefined && html`<div class="detail">${reason}</div>`}</td>
          </tr>`,
      ),
    })}`;
}

function tills({ tills: all }: GapReport): Html {
  if (all.length === 0) return html``;
  const { shown, more } = firstOf(all, MAX_ROWS);
  return html`<h2>Tills</h2>
    ${table({
      caption: 'Numbers that never came, and silence within opening hours',
      note: note(more),
      columns: [{ title: 'Store' }, { title: 'Till' }, { title: 'What' }],
      rows: shown.map(
        ({ storeId, tillId, what }) =>
          html`<tr>
            <th scope="row">${storeId}</th>
            <td>${tillId ?? ''}</td>
            <td>${what}</td>
          </tr>`,
      ),
    })}`;
}
