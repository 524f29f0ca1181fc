import type { DemoStore } from './chain.ts';
import type { Random } from './random.ts';
import type { WireTender } from './wire.ts';

export interface GiftCard {
  readonly number: string;
  balanceMinor: number;
}

/** How a transaction was paid. `gross + tip + rounding = sum(amount - change)`. */
export interface Payment {
  readonly tenders: WireTender[];
  readonly tipMinor: number;
  readonly roundingMinor: number;
}

const MEANS = [
  { item: 'cash', weight: 42 },
  { item: 'card', weight: 44 },
  { item: 'mobile', weight: 10 },
  { item: 'split', weight: 4 },
] as const;

/** Pays the amount due, with a gift card first if the customer has one. */
export function payment(
  random: Random,
  store: DemoStore,
  grossMinor: number,
  giftCard: GiftCard | undefined,
): Payment {
  const tenders: WireTender[] = [];
  let owed = grossMinor;
  if (giftCard && owed > 0) {
    const amountMinor = Math.min(giftCard.balanceMinor, owed);
    giftCard.balanceMinor -= amountMinor;
    owed -= amountMinor;
    tenders.push({ type: 'giftCard', amountMinor, giftCardNumber: giftCard.number });
  }
  if (owed === 0) return { tenders, tipMinor: 0, roundingMinor: 0 };
  const means = random.weighted(MEANS);
  if (means === 'cash') return withCash(random, store, tenders, owed);
  if (means === 'split' && owed > 1000) {
    const onCard = random.int(1, Math.floor(owed / 200)) * 100;
    tenders.push({ type: 'card', amountMinor: onCard });
    return withCash(random, store, tenders, owed - onCard);
  }
  const type = means === 'mobile' ? 'mobile' : 'card';
  const tipMinor = store.tips && type === 'card' && random.chance(60) ? Math.ceil(owed / 10) : 0;
  tenders.push({ type, amountMinor: owed + tipMinor });
  return { tenders, tipMinor, roundingMinor: 0 };
}

function withCash(random: Random, store: DemoStore, tenders: WireTender[], owedMinor: number): Payment {
  const dueMinor = roundedToStep(owedMinor, store.cashStepMinor);
  const handed = random.chance(150) ? dueMinor : handedOver(random, store.notesMinor, dueMinor);
  if (handed !== 0) {
    tenders.push({
      type: 'cash',
      amountMinor: handed,
      ...(handed > dueMinor ? { changeMinor: handed - dueMinor } : {}),
    });
  }
  return { tenders, tipMinor: 0, roundingMinor: dueMinor - owedMinor };
}

/** Refunds in cash, with cash rounding. `grossMinor` is negative. */
export function cashRefund(store: DemoStore, grossMinor: number): Payment {
  const dueMinor = -roundedToStep(-grossMinor, store.cashStepMinor);
  return {
    tenders: dueMinor === 0 ? [] : [{ type: 'cash', amountMinor: dueMinor }],
    tipMinor: 0,
    roundingMinor: dueMinor - grossMinor,
  };
}

export function cardRefund(grossMinor: number): Payment {
  return { tenders: [{ type: 'card', amountMinor: grossMinor }], tipMinor: 0, roundingMinor: 0 };
}

function roundedToStep(amountMinor: number, stepMinor: number): number {
  return Math.floor((amountMinor + Math.floor(stepMinor / 2)) / stepMinor) * stepMinor;
}

/** The smallest sufficient note, or the next one, or as many of the largest as needed. */
function handedOver(random: Random, notesMinor: readonly number[], dueMinor: number): number {
  const enough = notesMinor.filter((note) => note >= dueMinor).slice(0, 2);
  if (enough.length > 0) return random.pick(enough);
  const largest = Math.max(...notesMinor);
  return Math.ceil(dueMinor / largest) * largest;
}
