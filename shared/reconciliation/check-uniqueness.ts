import type { CheckedDocument, CheckedStore } from './checked-store.ts';
import { addEntry, partsOf, plus, scaled, vectorOf, written, type Vector } from './claim-vectors.ts';
import type { Claim } from './claim.ts';
import type { ReconciliationException } from './exception.ts';

/** Beyond this the check would take longer than the reconciliation; the claims themselves are checked all the same. */
const MAX_READINGS = 20_000;

/**
 * Explanations of one or two causes are tried out in full: of those that the data allows, the one that was given must
 * be the only one. Where nothing was explained (a statement as a whole, an open choice) there is nothing to check.
 */
export function otherExplanations(store: CheckedStore): string[] {
  const { storeId, exceptions } = store;
  const given = exceptions.filter(({ claim }) => isCause(claim));
  const causes = given.reduce((sum, { claim }) => sum + ('count' in claim ? claim.count : 1), 0);
  if (causes === 0 || exceptions.some(({ claim }) => leavesOpen(claim))) return [];
  if (contradictsVouchers(store, given))
    return [`${storeId}: each voucher equals a document, and they say something else than what is given`];
  if (causes > 2) return [];
  const readings = readingsOf(store);
  if (readings.length > MAX_READINGS) return [];
  let difference: Vector = new Map();
  for (const exception of given) difference = plus(difference, partsOf(exception), 1n);
  const wanted = written(difference);
  const byText = new Map<string, number>();
  for (const { text } of readings) byText.set(text, (byText.get(text) ?? 0) + 1);
  const single = byText.get(wanted) ?? 0;
  if (causes === 1)
    return single === 1 ? [] : [`${storeId}: ${single} single causes fit, the given one among them or not`];
  if (single > 0) return [`${storeId}: a single cause explains what was given two`];
  let pairs = 0;
  let twins = 0;
  for (const { vector, text, times } of readings) {
    const rest = written(plus(difference, vector, -1n));
    pairs += (byText.get(rest) ?? 0) - (rest === text ? 1 : 0);
    if (rest === text && times > 1) twins += 1;
  }
  const distinct = pairs / 2 + twins;
  return distinct === 1
    ? []
    : [`${storeId}: ${distinct} pairs of causes fit, the given one among them or not`];
}

function isCause(claim: Claim): boolean {
  if (claim.kind === 'posted-again') return !claim.named;
  if (claim.kind === 'not-posted') return claim.till === undefined;
  return claim.kind === 'some-not-posted' || (claim.kind === 'not-sold' && 'voucher' in claim);
}

function leavesOpen(claim: Claim): boolean {
  return (
    claim.kind === 'statement' || claim.kind === 'one-of' || (claim.kind === 'differs' && claim.rest === true)
  );
}

/**
 * Where each voucher has the amounts of a document, they say by themselves what is missing and what is posted again, and no
 * other reading may be given, however few causes it needs.
 */
function contradictsVouchers(store: CheckedStore, given: readonly ReconciliationException[]): boolean {
  const { documents, vouchers } = unsettled(store);
  for (const text of vouchers.keys()) if (!documents.has(text)) return false;
  const told = new Map<string, number>();
  for (const { claim, parts } of given) {
    if (claim.kind === 'not-sold') return true;
    const count = 'count' in claim ? claim.count : 1;
    const sign = claim.kind === 'posted-again' ? -1 : 1;
    const one = partsOf({ parts });
    for (const [key, amount] of one) one.set(key, (BigInt(sign) * amount) / BigInt(count));
    const text = written(one);
    told.set(text, (told.get(text) ?? 0) + sign * count);
  }
  const texts = new Set([...documents.keys(), ...told.keys()]);
  return [...texts].some((text) => {
    const lacking = (documents.get(text)?.times ?? 0) - (vouchers.get(text)?.times ?? 0);
    return lacking !== (told.get(text) ?? 0);
  });
}

const NOTHING = written(new Map());

interface Reading {
  readonly text: string;
  readonly vector: Vector;
  /** How many documents or vouchers it may be. */
  readonly times: number;
}

/** Every single cause that the two sides allow: one reading for all of one kind with the same amounts. */
function readingsOf(store: CheckedStore): Reading[] {
  const { documents, vouchers } = unsettled(store);
  const surplus = [...vouchers].filter(([text, { times }]) => times > (documents.get(text)?.times ?? 0));
  const all = counted(store.documents.map(({ amounts }) => vectorOf(amounts)));
  if (documents.size === 0) {
    // Each voucher is one too many, or posts again the document that it equals.
    const again = surplus.filter(([text]) => all.has(text));
    return [...surplus, ...again].map(([, one]) => opposite(one));
  }
  const paired = [...documents].reduce(
    (sum, [text, { times }]) => sum + Math.min(times, vouchers.get(text)?.times ?? 0),
    0,
  );
  // Three vouchers that equal a document each: vouchers are posted one a document, and stand for no sums.
  const isOneByOne = paired >= 3;
  const lacking = [...documents].filter(
    ([text, { times }]) => !isOneByOne || times > (vouchers.get(text)?.times ?? 0),
  );
  // Then a posting too many repeats a document of its own amounts, and no sum of others.
  if (isOneByOne && lacking.length === 0) return surplus.map(([, one]) => opposite(one));
  const readings = lacking.map(([, one]) => readingOf(one));
  // More vouchers than documents of the same amounts is the same as a document that is posted again.
  for (const [text, one] of surplus) if (!documents.has(text)) readings.push(opposite(one));
  if (vouchers.size > 0 && (surplus.length > 0 || !isOneByOne))
    for (const one of all.values()) readings.push(opposite(one));
  return readings;
}

const readingOf = ({ vector, times }: Counted): Reading => ({ vector, times, text: written(vector) });
const opposite = ({ vector, times }: Counted): Reading => readingOf({ vector: scaled(vector, -1n), times });

interface Counted {
  readonly vector: Vector;
  readonly times: number;
}

function counted(vectors: readonly Vector[]): Map<string, Counted> {
  const counts = new Map<string, Counted>();
  for (const vector of vectors) {
    const text = written(vector);
    counts.set(text, { vector, times: (counts.get(text)?.times ?? 0) + 1 });
  }
  return counts;
}

/** What the ledger does not name, by document id, and what names none, by `voucher V1` or `number 4711`. */
export interface OpenSides {
  readonly documents: ReadonlyMap<string, Vector>;
  readonly vouchers: ReadonlyMap<string, Vector>;
}

/** Both sides without what is settled by number, or by the sum of a drawer, a shift or a till. */
export function openSidesOf(store: CheckedStore): OpenSides {
  const numbers = new Set(store.documents.map(({ documentId }) => documentId));
  const claimed = new Set(
    store.exceptions.flatMap(({ claim }) => ('documentNumber' in claim ? [claim.documentNumber] : [])),
  );
  const named = new Set<string>();
  const vouchers = new Map<string, Vector>();
  for (const entry of store.entries) {
    const { documentNumber } = entry;
    if (numbers.has(documentNumber)) named.add(documentNumber);
    else if (!claimed.has(documentNumber)) {
      const name = documentNumber === '' ? `voucher ${entry.voucher}` : `number ${documentNumber}`;
      const vector = vouchers.get(name) ?? new Map<string, bigint>();
      vouchers.set(name, vector);
      addEntry(vector, entry);
    }
  }
  let open = store.documents.filter(({ documentId }) => !named.has(documentId));
  let left = [...vouchers];
  for (const placeOf of [drawerOf, shiftOf, tillOf]) [open, left] = settle(open, left, placeOf);
  return {
    documents: new Map(open.map(({ documentId, amounts }) => [documentId, vectorOf(amounts)])),
    vouchers: new Map(left),
  };
}

function unsettled(store: CheckedStore): {
  documents: Map<string, Counted>;
  vouchers: Map<string, Counted>;
} {
  const { documents, vouchers } = openSidesOf(store);
  const inSets = new Set(
    store.sets.flatMap((set) => [...set.documentIds.map((id) => `document ${id}`), ...set.vouchers]),
  );
  const left = (side: ReadonlyMap<string, Vector>, kind: string): Vector[] =>
    [...side].flatMap(([name, vector]) =>
      inSets.has(`${kind}${name}`) || written(vector) === NOTHING ? [] : [vector],
    );
  return { documents: counted(left(documents, 'document ')), vouchers: counted(left(vouchers, '')) };
}

const drawerOf = (document: CheckedDocument): string => (document.isDrawer ? shiftOf(document) : '');
const shiftOf = ({ tillId, shiftId }: CheckedDocument): string =>
  shiftId === undefined ? '' : JSON.stringify({ tillId, shiftId });
const tillOf = ({ tillId }: CheckedDocument): string => JSON.stringify({ tillId });

function settle(
  documents: readonly CheckedDocument[],
  vouchers: readonly [string, Vector][],
  placeOf: (document: CheckedDocument) => string,
): [CheckedDocument[], [string, Vector][]] {
  const sums = new Map<string, Vector>();
  for (const document of documents) {
    const place = placeOf(document);
    if (place !== '') sums.set(place, plus(sums.get(place) ?? new Map(), vectorOf(document.amounts), 1n));
  }
  const ofPlaces = counted([...sums.values()]);
  const ofVouchers = counted(vouchers.map(([, vector]) => vector));
  const ofDocuments = counted(documents.map(({ amounts }) => vectorOf(amounts)));
  const crowded = new Set<string>();
  const seen = new Set<string>();
  for (const document of documents) {
    const place = placeOf(document);
    if (seen.has(place)) crowded.add(place);
    seen.add(place);
  }
  const alone = counted([...sums].flatMap(([place, vector]) => (crowded.has(place) ? [] : [vector])));
  const isSettled = (vector: Vector | undefined): boolean => {
    const text = vector && written(vector);
    if (text === undefined || text === NOTHING) return false;
    // What equals a document of another place may be posted for that one.
    if ((ofDocuments.get(text)?.times ?? 0) !== (alone.get(text)?.times ?? 0)) return false;
    return ofPlaces.get(text)?.times === ofVouchers.get(text)?.times;
  };
  return [
    documents.filter((document) => !isSettled(sums.get(placeOf(document)))),
    vouchers.filter(([, vector]) => !isSettled(vector)),
  ];
}
