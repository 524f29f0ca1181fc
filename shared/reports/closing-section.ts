import type { Phase } from '../workflow/store-day.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { table } from './table.ts';

/** A store's day in a list. */
export interface ClosingRow {
  readonly storeId: string;
  readonly phase: Phase;
  /** Exceptions that somebody still has to answer for. */
  readonly unanswered: number;
  readonly preparedBy: string | undefined;
  readonly signedOffBy: string | undefined;
}

const PHASE_TAGS: Readonly<Record<Phase, string>> = {
  collecting: 'tag',
  ready: 'tag',
  ties: 'tag good',
  exceptions: 'tag warn',
  prepared: 'tag',
  'signed-off': 'tag good',
  reopened: 'tag bad',
};

export const phaseTag = (phase: Phase): Html =>
  html`<span class="${PHASE_TAGS[phase]}">${phase.replace('-', ' ')}</span>`;

/** How far each store's day is, with the way to close it. */
export function closingSection(
  businessDate: string,
  rows: readonly ClosingRow[],
  storeName: (storeId: string) => string | undefined,
): Html {
  if (rows.length === 0) return html``;
  const signed = rows.filter(({ phase }) => phase === 'signed-off').length;
  return html`<h2 id="closing">Closing</h2>
    ${table({
      caption: `${countText(signed)} of ${countOf(rows.length, 'store')} signed off`,
      note: html`One person prepares a store's day, another one signs it off.`,
      columns: [
        { title: 'Store' },
        { title: 'State' },
        { title: 'To answer', isFigure: true },
        { title: 'Prepared by', isWide: true },
        { title: 'Signed off by', isWide: true },
      ],
      rows: rows.map(
        ({ storeId, phase, unanswered, preparedBy, signedOffBy }) =>
          html`<tr>
            <th scope="row" class="store">
              <a href="/finance/${businessDate}/stores/${encodeURIComponent(storeId)}">${storeId}</a>
              <div class="detail">${storeName(storeId)}</div>
            </th>
            <td>${phaseTag(phase)}</td>
            <td class="num">${countText(unanswered)}</td>
            <td class="wide">${preparedBy}</td>
            <td class="wide">${signedOffBy}</td>
          </tr>`,
      ),
    })}`;
}
