import { faultOfKind } from './check-differences.ts';
import { faultOfRefusal } from './check-refused.ts';
import { faultOfHeadquarters } from './check-headquarters.ts';
import { faultsOfOmission } from './check-complete.ts';
import { faultOfCandidates, faultsOfSets } from './check-sets.ts';
import { faultOfWindow } from './check-window.ts';
import { openSidesOf, otherExplanations, type OpenSides } from './check-uniqueness.ts';
import type { CheckedDocument, CheckedStore } from './checked-store.ts';
import { addEntry, partsOf, plus, vectorOf, written, type Vector } from './claim-vectors.ts';
import type { ReconciliationException } from './exception.ts';

/**
 * Checks what each exception claims against both sides, and that no other explanation fits as well. It shares nothing
 * with the matcher but the data: other look-ups, other sums, every pair tried. What it finds is a fault of Tillstream.
 */

/** @returns a sentence for each exception whose claim does not hold; empty where all hold. */
export function checkClaims(store: CheckedStore): string[] {
  const sides = new Sides(store);
  const violations = store.sets.length === 0 ? [] : faultsOfSets(store, sides.open);
  for (const exception of store.exceptions) {
    const fault =
      faultOf(exception, sides) ??
      faultElsewhere(exception, sides) ??
      faultOfRefusal(exception, store) ??
      faultOfHeadquarters(exception, store) ??
      faultOfOnly(exception, sides);
    if (fault !== undefined) violations.push(`${nameOf(exception)}: ${fault}`);
  }
  return [...violations, ...faultsOfOmission(store), ...otherExplanations(store)];
}

const nameOf = ({ storeId, category, subject }: ReconciliationException): string =>
  `${storeId} ${category} ${subject}`;

/** Both sides, as far as the claims name something in them. */
class Sides {
  readonly store: CheckedStore;
  readonly documents = new Map<string, CheckedDocument>();
  readonly #posted = new Map<string, Vector>();
  readonly #vouchers = new Map<string, Vector>();
  #names: Set<string> | undefined;
  #open: OpenSides | undefined;

  constructor(store: CheckedStore) {
    this.store = store;
    const wanted = new Set<string>();
    for (const { claim } of store.exceptions)
      for (const field of ['documentId', 'documentNumber', 'voucher'] as const)
        if (field in claim) wanted.add((claim as unknown as Record<typeof field, string>)[field]);
    for (const document of store.documents)
      if (wanted.has(document.documentId)) this.documents.set(document.documentId, document);
    for (const entry of store.entries) {
      const isNamed = entry.documentNumber !== '';
      const name = isNamed ? entry.documentNumber : entry.voucher;
      if (!wanted.has(name)) continue;
      const groups = isNamed ? this.#posted : this.#vouchers;
      const group = groups.get(name) ?? new Map<string, bigint>();
      groups.set(name, group);
      addEntry(group, entry);
    }
  }

  /** Entries that name the document, in sum. */
  posted(name: string): Vector {
    return this.#posted.get(name) ?? new Map();
  }

  /** A voucher without numbers, or a posting whose number the POS does not have. */
  voucher(name: string): Vector | undefined {
    return this.#vouchers.get(name) ?? (this.documents.has(name) ? undefined : this.#posted.get(name));
  }

  get open(): OpenSides {
    this.#open ??= openSidesOf(this.store);
    return this.#open;
  }

  /** Every number that the ledger names. */
  get names(): ReadonlySet<string> {
    this.#names ??= new Set(
      this.store.entries.flatMap(({ documentNumber }) => (documentNumber === '' ? [] : [documentNumber])),
    );
    return this.#names;
  }
}

function differ(exception: ReconciliationException, expected: Vector): string | undefined {
  return written(partsOf(exception)) === written(expected)
    ? undefined
    : `it says ${written(partsOf(exception))}, the two sides say ${written(expected)}`;
}

function faultOf(exception: ReconciliationException, sides: Sides): string | undefined {
  const { claim } = exception;
  const nothing: Vector = new Map();
  switch (claim.kind) {
    // Till and acquirer: checkSettlementClaims looks at these.
    case 'card':
    case 'settlement-row':
    case 'payout':
    case 'fees':
      return undefined;
    case 'data':
    case 'no-common-number':
      if (
        claim.kind === 'no-common-number' &&
        sides.store.documents.some(({ documentId }) => sides.names.has(documentId))
      )
        return 'the two sides do have a number in common';
      return differ(exception, nothing);
    case 'store-not-posted': {
      const { documents, entries } = sides.store;
      const numbers = new Set(documents.map(({ documentId }) => documentId));
      if (entries.some(({ documentNumber }) => documentNumber === '' || numbers.has(documentNumber)))
        return 'the ledger has entries of the day';
      let all = nothing;
      for (const { amounts } of documents) all = plus(all, vectorOf(amounts), 1n);
      return differ(exception, all);
    }
    case 'unknown-store': {
      const { documents, entries } = sides.store;
      let all = nothing;
      for (const { amounts } of documents) all = plus(all, vectorOf(amounts), 1n);
      const posted: Vector = new Map();
      for (const entry of entries) addEntry(posted, entry);
      return differ(exception, plus(all, posted, -1n));
    }
    case 'same-number':
      return faultOfNumber(exception, claim, sides.store);
    case 'one-of':
      return claim.sets === true ? faultOfCandidates(exception, sides.open) : undefined;
    case 'statement':
      return undefined;
    case 'not-sold':
      return faultOfPosting(exception, claim, sides);
    default:
      return faultOfDocument(exception, claim, sides);
  }
}

type Claim = ReconciliationException['claim'];

function faultOfPosting(
  exception: ReconciliationException,
  claim: Claim & { readonly kind: 'not-sold' },
  sides: Sides,
): string | undefined {
  if ('documentNumber' in claim) {
    if (sides.documents.has(claim.documentNumber)) return 'the POS has this document';
    return differ(exception, plus(new Map(), sides.posted(claim.documentNumber), -1n));
  }
  const voucher = sides.voucher(claim.voucher);
  if (!voucher) return 'the ledger has no such voucher';
  return differ(exception, plus(new Map(), voucher, -BigInt(claim.count)));
}

/** Receipts of one number must be documents of that number, each of them named, and no cell is concerned. */
function faultOfNumber(
  exception: ReconciliationException,
  { number, count, eventIds }: Claim & { readonly kind: 'same-number' },
  { documents }: CheckedStore,
): string | undefined {
  const named = new Set(eventIds);
  if (count < 2 || named.size !== eventIds.length || named.size > count)
    return `it names ${named.size} of ${count} receipts`;
  const own = documents.find(({ documentId }) => documentId === number);
  // Beyond those that are listed, others may have it; a receipt of nothing is no document.
  if (named.size === count && own?.eventIds.some((eventId) => !named.has(eventId)) === true)
    return 'another receipt has the number too';
  if (own && !own.eventIds.some((eventId) => named.has(eventId))) return 'no receipt of the number is named';
  return differ(exception, new Map());
}

function faultOfOnly(exception: ReconciliationException, sides: Sides): string | undefined {
  const { claim } = exception;
  const { documents, accounts } = sides.store;
  const document = 'documentId' in claim ? sides.documents.get(claim.documentId) : undefined;
  const isOne = claim.kind === 'differs' && document !== undefined;
  return faultOfKind(exception, {
    expected: isOne ? vectorOf(document.amounts) : undefined,
    posted: isOne ? sides.posted(claim.documentId) : undefined,
    lines: isOne ? (document.lines ?? 0) : documents.reduce((sum, { lines = 0 }) => sum + lines, 0),
    accounts,
  });
}

function faultOfDocument(
  exception: ReconciliationException,
  claim: Claim & { readonly documentId: string },
  sides: Sides,
): string | undefined {
  const document = sides.documents.get(claim.documentId);
  if (!document) return 'the POS has no such document';
  const expected = vectorOf(document.amounts);
  const posted = sides.posted(claim.documentId);
  switch (claim.kind) {
    case 'not-posted': {
      if (claim.till === undefined)
        return posted.size > 0 ? 'the ledger names it' : differ(exception, expected);
      const fits = (document.sales ?? []).filter(
        (sale) =>
          sale.tillId === claim.till &&
          written(plus(expected, vectorOf(sale.amounts), -1n)) === written(posted),
      );
      return fits.length === 0
        ? 'the ledger does not have just the other sales of this number'
        : differ(exception, plus(expected, posted, -1n));
    }
    case 'some-not-posted': {
      // Of those that no number, no sum of a drawer, shift or till, and no set settles.
      const inSets = new Set(sides.store.sets.flatMap(({ documentIds }) => documentIds));
      const equal = [...sides.open.documents].filter(
        ([documentId, amounts]) => !inSets.has(documentId) && written(amounts) === written(expected),
      );
      if (equal.length !== claim.of) return `${equal.length} documents have these amounts, not ${claim.of}`;
      return differ(exception, plus(new Map(), expected, BigInt(claim.count)));
    }
    case 'posted-again': {
      const total = plus(new Map(), expected, BigInt(claim.count + 1));
      if (claim.named && written(total) !== written(posted))
        return 'the ledger does not hold a multiple of it';
      return differ(exception, plus(new Map(), expected, -BigInt(claim.count)));
    }
    default:
      return differ(exception, plus(expected, posted, -1n));
  }
}

/** A wrong date is claimed only if the other date has the other side, valid and with the same amounts. */
function faultElsewhere(exception: ReconciliationException, { store }: Sides): string | undefined {
  const { category, claim, subject, storeId } = exception;
  if (category !== 'wrong-date') return undefined;
  if ('on' in claim && claim.on) return faultOfWindow(exception, claim.on, store);
  const documents = store.elsewhere.documentsOf(storeId, subject);
  const entries = store.elsewhere.entriesOf(storeId, subject);
  if (claim.kind === 'not-posted') {
    const own = new Map(documents.map((document) => [document.businessDate, vectorOf(document.amounts)]));
    let rest: Vector = new Map();
    for (const date of new Set(entries.map((entry) => entry.accountingDate))) {
      const there: Vector = new Map();
      for (const entry of entries) if (entry.accountingDate === date) addEntry(there, entry);
      const beyond = plus(there, own.get(date) ?? new Map(), -1n);
      const isOwnAffair = own.has(date) && written(beyond) !== written(partsOf(exception));
      if (!isOwnAffair) rest = plus(rest, beyond, 1n);
    }
    return differ(exception, rest);
  }
  const isThere = documents.some(({ businessDate, amounts, notInForce }) => {
    const sum = plus(new Map(), partsOf(exception), -1n);
    for (const entry of entries) if (entry.accountingDate === businessDate) addEntry(sum, entry);
    return notInForce === undefined && written(sum) === written(vectorOf(amounts));
  });
  return isThere ? undefined : 'no other date has a valid document with this number and these amounts';
}
