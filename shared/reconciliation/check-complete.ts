import type { CheckedStore } from './checked-store.ts';
import type { Claim } from './claim.ts';
import { addEntry, partsOf, plus, vectorOf, written, type Vector } from './claim-vectors.ts';
import { markOf, weighed, type Mark } from './claim-marks.ts';

/**
 * Two faults that cancel each other show in no total, so a matcher that lost both would pass every other check: here each
 * document that the ledger names must tie or have an exception, and what names nothing must come to what its
 * exceptions say.
 */
export function faultsOfOmission(store: CheckedStore): string[] {
  const { storeId, documents, entries, exceptions } = store;
  const claims = exceptions.map(({ claim }) => claim);
  if (claims.some(({ kind }) => kind === 'unknown-store' || kind === 'store-not-posted')) return [];
  const sides = sidesOf(store);
  const told = new Set(claims.flatMap((claim) => ('documentId' in claim ? [claim.documentId] : [])));
  const violations: string[] = [];
  const untied = documents.filter(
    ({ documentId, amounts }) =>
      sides.named.has(documentId) && sides.named.get(documentId) !== markOf(amounts),
  );
  const left: Vector = new Map();
  const posted = postedOf(store, new Set(untied.map(({ documentId }) => documentId)));
  for (const { documentId, amounts } of untied) {
    const own = vectorOf(amounts);
    const there = posted.get(documentId) ?? new Map<string, bigint>();
    const isPart = sides.hasUnnamed && [...there].every(([key, amount]) => own.get(key) === amount);
    if (told.has(documentId)) {
      if (claims.some((claim) => isPartOf(claim, documentId))) add(left, plus(own, there, -1n));
    } else if (isPart) add(left, plus(own, there, -1n));
    else violations.push(`${storeId} ${documentId}: the ledger has other amounts, and no exception says so`);
  }
  for (const { documentId, amounts } of documents)
    if (!sides.named.has(documentId)) add(left, vectorOf(amounts));
  const ids = new Set(documents.map(({ documentId }) => documentId));
  const foreign = new Set(
    claims.flatMap((claim) => ('documentNumber' in claim ? [claim.documentNumber] : [])),
  );
  const unnamed: Vector = new Map();
  for (const entry of entries)
    if (!ids.has(entry.documentNumber) && !foreign.has(entry.documentNumber)) addEntry(unnamed, entry);
  let explained: Vector = new Map();
  for (const exception of exceptions)
    if (isUnnamed(exception.claim)) explained = plus(explained, partsOf(exception), 1n);
  const rest = plus(left, unnamed, -1n);
  if (written(rest) !== written(explained))
    violations.push(
      `${storeId}: without numbers, POS less ledger is ${written(rest)}, and the exceptions explain ${written(explained)}`,
    );
  return violations;
}

const isPartOf = (claim: Claim, documentId: string): boolean =>
  claim.kind === 'differs' && claim.rest === true && claim.documentId === documentId;

/** Claims about what carries no number. */
function isUnnamed(claim: Claim): boolean {
  switch (claim.kind) {
    case 'not-posted':
      return claim.till === undefined;
    case 'posted-again':
      return !claim.named;
    case 'not-sold':
      return 'voucher' in claim;
    case 'differs':
      return claim.rest === true;
    case 'some-not-posted':
    case 'statement':
    case 'one-of':
      return true;
    default:
      return false;
  }
}

function sidesOf({ entries }: CheckedStore): { named: Map<string, Mark>; hasUnnamed: boolean } {
  const named = new Map<string, Mark>();
  let hasUnnamed = false;
  for (const { documentNumber, account, currency, amountMinor } of entries) {
    if (documentNumber === '') hasUnnamed = true;
    else
      named.set(
        documentNumber,
        weighed(named.get(documentNumber) ?? 0, `${account} ${currency}`, amountMinor),
      );
  }
  return { named, hasUnnamed };
}

function postedOf({ entries }: CheckedStore, documentIds: ReadonlySet<string>): Map<string, Vector> {
  const posted = new Map<string, Vector>();
  for (const entry of entries) {
    if (!documentIds.has(entry.documentNumber)) continue;
    const vector = posted.get(entry.documentNumber) ?? new Map<string, bigint>();
    posted.set(entry.documentNumber, vector);
    addEntry(vector, entry);
  }
  return posted;
}

function add(to: Vector, more: Vector): void {
  for (const [key, amount] of more) to.set(key, (to.get(key) ?? 0n) + amount);
}
