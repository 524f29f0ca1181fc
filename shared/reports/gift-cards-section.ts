import type { TotalMinor } from '../money.ts';
import type { GiftCardRollForward } from '../reconciliation/gift-card-roll-forward.ts';
import { amountText, countOf } from './figures.ts';
import { html, type Html } from './html.ts';
import { table } from './table.ts';

const LISTED_DATES = 5;

/** What all gift cards are worth, from the morning to the end of the day, and what the ledger says of it. */
export function giftCardsSection(rolls: readonly GiftCardRollForward[]): Html | false {
  const [first] = rolls;
  if (!first) return false;
  return html`<h2 id="gift-cards">Gift cards</h2>
    ${table({
      caption: 'Liability to holders of gift cards',
      note: html`Opening + sold − redeemed − expired + other = closing. ${noteOf(first)}`,
      columns: [
        { title: 'Currency' },
        { title: 'Opening', isFigure: true },
        { title: 'Sold', isFigure: true },
        { title: 'Redeemed', isFigure: true },
        { title: 'Expired', isFigure: true },
        { title: 'Other', isFigure: true },
        { title: 'Closing', isFigure: true },
        { title: 'Ledger', isFigure: true },
        { title: 'Differs today by', isFigure: true },
      ],
      rows: rolls.map(rowOf),
    })}`;
}

function rowOf(roll: GiftCardRollForward): Html {
  const { currency, exceptionIds } = roll;
  const figure = (amountMinor: TotalMinor | undefined): Html =>
    html`<td class="num">${amountMinor === undefined ? 'not known' : amountText(amountMinor, currency)}</td>`;
  const difference = BigInt(roll.posChangeMinor) - BigInt(roll.ledgerChangeMinor);
  return html`<tr>
    <th scope="row">${currency}</th>
    ${figure(roll.openingMinor)} ${figure(roll.soldMinor)} ${figure(roll.redeemedMinor)}
    ${figure(roll.expiredMinor)} ${figure(roll.otherMinor)} ${figure(roll.closingMinor)}
    ${figure(roll.ledgerClosingMinor)}
    <td class="num">
      ${amountText(difference, currency)}${exceptionIds.length > 0 && html` (${countOf(exceptionIds.length, 'exception')})`}
    </td>
  </tr>`;
}

function noteOf({ openingMinor, missingDates }: GiftCardRollForward): string {
  if (openingMinor === undefined)
    return 'The opening is not known: give giftCardOpening in posting-profile.json.';
  if (missingDates.length === 0) return '';
  const more = missingDates.length - LISTED_DATES;
  return `The opening lacks what moved on ${countOf(missingDates.length, 'day')} without a whole report: ${missingDates.slice(0, LISTED_DATES).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
