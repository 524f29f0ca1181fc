import type { BusinessDate, StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { PosEvent, TenderType, TransactionEvent } from '../pos/event.ts';
import { POSTING_RULES } from './all-rules.ts';
import { countingLines } from './line-money.ts';
import { addMinor } from '../money.ts';
import type { Instant } from '../time.ts';
import type { DynamicsSetup } from './setup.ts';
import { ZReportBook, type ZCount } from './z-reports.ts';

/** Why a receipt will not be posted, by the rule that finds it. */
interface RuleRefusal {
  readonly rule: string;
  readonly message: string;
  readonly lineNumber?: number;
}

/** A receipt that counts: completed, in its highest version, and no training. */
export interface Receipt {
  readonly storeId: StoreId;
  readonly tillId: string;
  /** Empty where the till names none. */
  readonly shiftId: string;
  readonly transactionId: string;
  readonly eventId: string;
  readonly currency: Currency;
  readonly grossMinor: number;
  /** Tenders less change, where it is noted. */
  readonly paidMinor?: number;
  /** By type, sorted. */
  readonly tenders?: readonly { readonly type: TenderType; readonly amountMinor: number }[];
  readonly refusals: readonly RuleRefusal[];
}

/** Running numbers of a till that no event has, in the shift in which they were used. */
export interface MissingNumbers {
  readonly storeId: StoreId;
  readonly tillId: string;
  readonly shiftId: string;
  /** Of the event before; undefined where no event of the till has any. */
  readonly currency: Currency | undefined;
  readonly from: number;
  readonly to: number;
}

export interface DayReceipts {
  /** By store, till and number. */
  readonly receipts: readonly Receipt[];
  readonly missingNumbers: readonly MissingNumbers[];
  /** Tills and scopes whose events have running numbers. */
  readonly numberedTills: number;
  readonly zReports: readonly ZCount[];
  /** Receipts that a later version took back, and when that came. */
  readonly withdrawn: readonly { readonly receipt: Receipt; readonly at: Instant }[];
}

export const NO_RECEIPTS: DayReceipts = {
  receipts: [],
  missingNumbers: [],
  numberedTills: 0,
  zReports: [],
  withdrawn: [],
};

interface Held {
  readonly version: number;
  readonly inForce: boolean;
  readonly occurredAt: string;
  readonly receivedAt: Instant;
  readonly receipt: Receipt;
  /** Goods whose stock Dynamics checks. */
  readonly goods: readonly {
    readonly productId: string;
    readonly quantityMilli: number;
    readonly lineNumber: number;
  }[];
}

interface Numbered {
  readonly number: number;
  readonly occurredAt: string;
  readonly shiftId: string;
  readonly currency: Currency | undefined;
}

/** What jumps further was renumbered, or is another kind of number in the field. */
const LONGEST_GAP = 10_000;
/** More gaps than a running number has. */
const MAX_GAPS = 100;

/**
 * Gathers the receipts of a date, event by event in any order, each judged by the rules of Dynamics 365 as it comes: of a
 * receipt only its sums and its refusals are kept. However often an event is given it counts once.
 */
export class ReceiptBook {
  readonly #setup: DynamicsSetup;
  readonly #businessDate: BusinessDate;
  readonly #byNumber = new Map<string, Map<string, Held>>();
  readonly #numbers = new Map<string, { storeId: StoreId; tillId: string; held: Map<number, Numbered> }>();
  readonly #zReports = new ZReportBook();

  readonly #notesPayments: boolean;

  /** @param notesPayments keeps what was paid of each receipt as well, for a comparison with headquarters. */
  constructor(businessDate: BusinessDate, setup: DynamicsSetup, notesPayments = false) {
    this.#notesPayments = notesPayments;
    this.#businessDate = businessDate;
    this.#setup = setup;
  }

  add(event: PosEvent): void {
    this.#noteNumber(event);
    this.#zReports.add(event);
    if (event.kind !== 'transaction') return;
    const { storeId, tillId, transactionId, eventId } = event;
    const key = JSON.stringify([storeId, tillId, transactionId]);
    const held = this.#byNumber.get(key) ?? new Map<string, Held>();
    this.#byNumber.set(key, held);
    const before = held.get(eventId);
    if (!before || before.version < event.version) held.set(eventId, this.#judged(event));
  }

  close(): DayReceipts {
    const all = [...this.#byNumber].sort(([left], [right]) => (left < right ? -1 : 1));
    const held = all.flatMap(([, versions]) => inForce([...versions.values()]));
    const receipts = this.#withStock(held).map(({ receipt }) => receipt);
    const zReports = this.#zReports.close();
    return {
      receipts,
      missingNumbers: this.#missing(zReports),
      numberedTills: this.#numbers.size,
      zReports,
      withdrawn: all.flatMap(([, versions]) => withdrawn([...versions.values()])),
    };
  }

  #judged(event: TransactionEvent): Held {
    const { storeId, tillId, transactionId, eventId, currency, shiftId = '', totals } = event;
    const isCounted = event.status === 'completed' && !event.training;
    const refusals =
      isCounted && this.#setup.forecast
        ? POSTING_RULES.flatMap((rule) =>
            rule.check(event, this.#setup).map((refusal): RuleRefusal => ({ rule: rule.id, ...refusal })),
          )
        : [];
    return {
      version: event.version,
      inForce: isCounted,
      occurredAt: event.occurredAt,
      receivedAt: event.receivedAt,
      receipt: {
        storeId,
        tillId,
        shiftId,
        transactionId,
        eventId,
        currency,
        grossMinor: totals.grossMinor,
        ...(this.#notesPayments && paidOf(event)),
        refusals,
      },
      goods: isCounted && this.#setup.onHand !== undefined ? goodsOf(event) : [],
    };
  }

  /** Goods leave in the order of the receipts; the one for which there are not enough is refused. */
  #withStock(held: readonly Held[]): readonly Held[] {
    const { onHand = [], forecast } = this.#setup;
    if (!forecast || onHand.length === 0) return held;
    const left = new Map<string, number>();
    for (const { storeId, productId, quantityMilli, date } of onHand)
      if (date === this.#businessDate) left.set(`${storeId}\n${productId}`, quantityMilli);
    const refused = new Map<Held, RuleRefusal[]>();
    const inTime = [...held].sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
    for (const one of inTime)
      for (const { productId, quantityMilli, lineNumber } of one.goods) {
        const key = `${one.receipt.storeId}\n${productId}`;
        const available = left.get(key);
        if (available === undefined) continue;
        if (quantityMilli > available) {
          const message = `${quantityMilli / 1000} cannot be picked because only ${available / 1000} is/are available from the inventory.`;
          refused.set(one, [...(refused.get(one) ?? []), { rule: STOCK_RULE, message, lineNumber }]);
        } else left.set(key, available - quantityMilli);
      }
    return held.map((one) => {
      const more = refused.get(one);
      return more
        ? { ...one, receipt: { ...one.receipt, refusals: [...one.receipt.refusals, ...more] } }
        : one;
    });
  }

  #noteNumber(event: PosEvent): void {
    const { storeId, sequenceNumber, sequenceScope = '', occurredAt } = event;
    if (sequenceNumber === undefined || event.tillId === undefined) return;
    const { tillId } = event;
    const key = JSON.stringify([storeId, tillId, sequenceScope]);
    const run = this.#numbers.get(key) ?? { storeId, tillId, held: new Map<number, Numbered>() };
    this.#numbers.set(key, run);
    const shiftId = 'shiftId' in event ? (event.shiftId ?? '') : '';
    const currency = 'currency' in event ? event.currency : undefined;
    const before = run.held.get(sequenceNumber);
    if (!before || occurredAt < before.occurredAt)
      run.held.set(sequenceNumber, { number: sequenceNumber, occurredAt, shiftId, currency });
  }

  #missing(zReports: readonly ZCount[]): MissingNumbers[] {
    const missing: MissingNumbers[] = [];
    // A number that went missing before any other came shows in the Z report alone.
    for (const { storeId, tillId, shiftId, currency, ...z } of zReports) {
      const held = this.#numbers.get(JSON.stringify([storeId, tillId, z.sequenceScope]))?.held;
      const ofShift = [...(held?.values() ?? [])].filter((one) => one.shiftId === shiftId);
      const lowest = Math.min(...ofShift.map(({ number }) => number));
      const { firstSequenceNumber: from = lowest, mayBeginBefore } = z;
      if (!mayBeginBefore && from < lowest && lowest - from <= LONGEST_GAP && !hasBetween(held, from, lowest))
        missing.push({ storeId, tillId, shiftId, currency, from, to: lowest - 1 });
    }
    for (const [, { storeId, tillId, held }] of [...this.#numbers].sort(([left], [right]) =>
      left < right ? -1 : 1,
    )) {
      const gaps: MissingNumbers[] = [];
      const run = [...held.values()].sort((left, right) => left.number - right.number);
      for (const [index, next] of run.slice(1).entries()) {
        const last = run[index] as Numbered;
        const size = next.number - last.number - 1;
        // Where the higher number is the older one, the till began to count again.
        if (size > 0 && size <= LONGEST_GAP && next.occurredAt >= last.occurredAt)
          gaps.push({
            storeId,
            tillId,
            shiftId: last.shiftId,
            currency: last.currency ?? next.currency,
            from: last.number + 1,
            to: next.number - 1,
          });
      }
      if (gaps.length <= MAX_GAPS) missing.push(...gaps);
    }
    return missing;
  }
}

function paidOf({ tenders }: TransactionEvent): Pick<Receipt, 'paidMinor' | 'tenders'> {
  const sums = new Map<TenderType, number>();
  for (const { type, amountMinor, changeMinor = 0 } of tenders)
    sums.set(type, addMinor(sums.get(type) ?? 0, amountMinor, -changeMinor));
  const named = [...sums].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    paidMinor: addMinor(...sums.values()),
    tenders: named.map(([type, amountMinor]) => ({ type, amountMinor })),
  };
}

/** Numbers of another shift show the gap by themselves. */
function hasBetween(held: ReadonlyMap<number, Numbered> | undefined, from: number, to: number): boolean {
  return [...(held?.keys() ?? [])].some((number) => number < to && number >= from - 1);
}

export const STOCK_RULE = 'stock';

/** The highest version; two events of one version are two receipts, which reconciliation tells apart and says. */
function inForce(versions: readonly Held[]): readonly Held[] {
  const highest = Math.max(...versions.map(({ version }) => version));
  const newest = versions.filter(({ version }) => version === highest);
  return newest.every((one) => one.inForce) ? newest : [];
}

function withdrawn(versions: readonly Held[]): { receipt: Receipt; at: Instant }[] {
  const before = versions.filter((one) => one.inForce);
  if (before.length === 0 || inForce(versions).length > 0) return [];
  const last = before.reduce((one, other) => (other.version > one.version ? other : one));
  const at = versions
    .filter((one) => !one.inForce)
    .map(({ receivedAt }) => receivedAt)
    .sort()
    .at(-1);
  return at === undefined ? [] : [{ receipt: last.receipt, at }];
}

function goodsOf(event: TransactionEvent): Held['goods'] {
  return countingLines(event).flatMap(({ productId, quantityMilli, lineNumber, type }) =>
    productId !== undefined && (type === 'sale' || type === 'return')
      ? [{ productId, quantityMilli, lineNumber }]
      : [],
  );
}
