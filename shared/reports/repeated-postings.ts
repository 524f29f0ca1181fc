import type { RepeatedPostings } from '../reconciliation/control-totals.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import { firstOf } from './table.ts';

const MAX_LISTED = 20;

/** Lists the rows of files that repeat rows of other files. */
export function repeatedPostingsList(repeated: readonly RepeatedPostings[]): Html | false {
  const { shown, more } = firstOf(repeated, MAX_LISTED);
  return (
    shown.length > 0 &&
    html`<p>Postings that are in two files, and count once:</p>
      <ul>
        ${shown.map(
          ({ file, alsoIn, first, rows, currency }) =>
            html`<li>
              ${countOf(rows, 'row')} of <code>${file}</code> in ${currency}, from <code>${first}</code> on,
              also in <code>${alsoIn}</code>
            </li>`,
        )}
        ${more > 0 && html`<li>and ${countText(more)} more, all in the JSON</li>`}
      </ul>`
  );
}
