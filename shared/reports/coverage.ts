import { rowsNotReadOf, type DayReport } from '../reconciliation/day-report.ts';
import { missingFromTotals, type UncoveredKind, type UncoveredPart } from '../reconciliation/uncovered.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import type { LetterInDoubt } from './letters-in-doubt.ts';
import { firstOf, table } from './table.ts';

/** What is missing from a day's report. Without it, a total would look complete. */

const MAX_PARTS = 100;
const MAX_STORES = 10;

const KIND_TEXTS: Readonly<Record<UncoveredKind, string>> = {
  store: 'Books of a store',
  shard: 'Books of several stores',
  'raw-blob': 'POS events that cannot be read',
  'ledger-file': 'Ledger file that cannot be read',
  'hub-gap': 'POS events that were lost',
  'implausible-date': 'POS events with an impossible date',
  unfetched: 'Held by the vendor, and not received',
};

/** Lost, misdated or unfetched events are missing one by one; any other missing part leaves out its stores entirely. */
const LEAVES_BOOKS: ReadonlySet<UncoveredKind> = new Set(['hub-gap', 'implausible-date', 'unfetched']);

/** `2 parts of the day and 3 ledger rows`; empty where nothing is missing. */
export function missingText(report: DayReport, letters: readonly LetterInDoubt[]): string {
  const parts = missingFromTotals(report.uncovered).length;
  const rows = rowsNotReadOf(report);
  const events = letters.filter(({ isInBooks, isDateKnown }) => !isInBooks && isDateKnown).length;
  return [
    ...(events > 0 ? [countOf(events, 'POS event')] : []),
    ...(parts > 0 ? [countOf(parts, 'part of the day', 'parts of the day')] : []),
    ...(rows > 0
      ? [countOf(rows, 'ledger row that could not be read', 'ledger rows that could not be read')]
      : []),
  ].join(' and ');
}

/** What is missing, for which stores, and why. */
export function coverageSection({ uncovered = [], businessDate }: DayReport): Html {
  const missing = missingFromTotals(uncovered);
  const searchOnly = uncovered.filter((part) => part.searchOnly);
  return html`${
    missing.length > 0 &&
    partTable(
      'Missing from these totals',
      html`Have IT repair each part. The day is then reconciled again, by itself.`,
      missing,
      businessDate,
    )
  }
  ${
    searchOnly.length > 0 &&
    partTable(
      'Not searched for the cause of differences',
      html`The totals are complete, but an explanation below may have missed a posting on a neighbouring date.`,
      searchOnly,
      businessDate,
    )
  }`;
}

function partTable(caption: string, note: Html, parts: readonly UncoveredPart[], businessDate: string): Html {
  const { shown, more } = firstOf(parts, MAX_PARTS);
  return html`<div class="missing">
    ${table({
      caption,
      note: html`${note}
      ${more > 0 && html`${countText(more)} more are in the <a href="/finance/${businessDate}/report.json">JSON</a>.`}`,
      columns: [{ title: 'What' }, { title: 'Stores' }, { title: 'Why' }],
      rows: shown.map(partRow),
    })}
  </div>`;
}

function partRow(part: UncoveredPart): Html {
  const { kind, subject, reason, events } = part;
  return html`<tr>
    <th scope="row">
      ${KIND_TEXTS[kind]}
      <div class="detail">
        <code>${subject}</code>${events !== undefined && ` ${countOf(events, 'event')}`}
      </div>
    </th>
    <td>${storesText(part)}</td>
    <td><div class="detail">${reason}</div></td>
  </tr>`;
}

function storesText({ kind, storeIds, searchOnly }: UncoveredPart): string {
  if (storeIds.length === 0) return 'not known';
  const { shown, more } = firstOf(storeIds, MAX_STORES);
  const names = `${shown.join(', ')}${more > 0 ? ` and ${countText(more)} more` : ''}`;
  return searchOnly === true || LEAVES_BOOKS.has(kind) ? names : `${names} (left out as a whole)`;
}
