import { needsDecision, type DecisionCode } from '../pos/dead-letter.ts';
import { countOf, countText } from './figures.ts';
import { html, type Html } from './html.ts';
import type { LetterInDoubt } from './letters-in-doubt.ts';
import { firstOf, table } from './table.ts';

const MAX_LETTERS = 100;

/** Events of the day that software cannot settle: a person decides, or fixes the cause. */
export function lettersSection(letters: readonly LetterInDoubt[]): Html {
  if (letters.length === 0) return html``;
  const { shown, more } = firstOf(letters, MAX_LETTERS);
  return html`<h2 id="letters">Waiting for a decision</h2>
    ${table({
      caption: countOf(letters.length, 'dead letter'),
      note: html`As of now, not as of the report. Once IT has replayed or removed a letter, it leaves this
      list. ${more > 0 && html`${countText(more)} more are not shown; operations has all.`}`,
      columns: [
        { title: 'Store' },
        { title: 'Event' },
        { title: 'In these books', isWide: true },
        { title: 'Amount', isFigure: true, isWide: true },
      ],
      rows: shown.map(letterRow),
    })}`;
}

function letterRow(letter: LetterInDoubt): Html {
  const books = booksText(letter);
  return html`<tr>
    <td>${letter.storeId ?? 'not known'}</td>
    <th scope="row">
      <span class="tag">${CODE_TEXTS[letter.code] ?? letter.code.replaceAll('-', ' ')}</span>
      <span class="subject">${letter.subject ?? 'no number could be read'}</span>
      ${!needsDecision(letter.code) && html`<div class="detail">${letter.message}</div>`}
      <div class="detail">${howToDecide(letter)} <code>${letter.name}</code></div>
      <div class="narrow">In these books: ${books}. ${letter.amount ?? ''}</div>
    </th>
    <td class="wide">${books}</td>
    <td class="num wide">${letter.amount ?? 'not known'}</td>
  </tr>`;
}

const CODE_TEXTS: Readonly<Record<DecisionCode, string> & Record<string, string>> = {
  conflict: 'two contents of one id',
  'too-old': 'too old to recognise a repeat',
  'count-too-old': 'stock count too old',
  'state-damaged': "store's state damaged",
  'dropped-by-hub': 'lost by the hub',
  'bad-json': 'not readable',
};

/** What a person decides; the letter's own message says the same to operations. */
const DECISIONS: Readonly<Record<DecisionCode, string>> = {
  conflict:
    'Its id, or its number and version, came before with other content. If both happened, have IT replay the letter, and it counts. If not, leave it:',
  'too-old':
    'It came too late to recognise a repeat. If stock and tills never counted it, have IT replay the letter. If they did, leave it:',
  'count-too-old':
    'The stock count came too late to say what has moved since. Have the store count these products again, and leave the letter:',
};

function booksText({ code, isInBooks, isDateKnown }: LetterInDoubt): string {
  if (code === 'conflict' && isInBooks) return 'as "identity conflict" says';
  if (isInBooks) return 'yes; not in stock or till counters';
  return isDateKnown ? 'no' : 'no; the day is not known, this is the day it arrived';
}

function howToDecide({ code, canReplay }: LetterInDoubt): string {
  if (!canReplay) return 'It cannot be replayed: ask its sender to send it again. IT finds it as';
  return needsDecision(code) ? DECISIONS[code] : 'Have IT repair the cause and replay the letter:';
}

/** Shown at the top of the page, because the list is far below. */
export function lettersWarning(letters: readonly LetterInDoubt[], omitted: number): Html {
  const notBooked = letters.filter(({ isInBooks }) => !isInBooks).length;
  return html`${
    letters.length > 0 &&
    html`<div class="warning" role="note">
      <strong>${countOf(letters.length, 'event waits', 'events wait')} for a decision</strong>
      ${
        notBooked === 0
          ? 'The list says for each whether the books below include it.'
          : `${countText(notBooked)} of them ${notBooked === 1 ? 'is' : 'are'} not in the books below.`
      }
      <a href="#letters">What to decide</a>
    </div>`
  }
  ${omitted > 0 && html`<p class="note">${countOf(omitted, 'older dead letter was', 'older dead letters were')} not looked at for this page; operations lists them.</p>`}`;
}
