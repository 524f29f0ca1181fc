import fc from 'fast-check';
import { eventId } from '../../shared/ids.ts';
import { sumOf, textOf, type Amounts } from '../../shared/reconciliation/cell.ts';
import type { PosDocument } from '../../shared/reconciliation/day-documents.ts';
import { matchSets, type OpenClass, type OpenClasses } from '../../shared/reconciliation/match-sets.ts';
import { entry, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/** Few prices, so that sets coincide; large ones, so that chance explains nothing. */
const PRICES = [1, 2, 3, 5, 8, -2].map((price) => price * 1_000_000);
const amountsOf = (cash: number, card: number): Amounts =>
  new Map(
    [
      ['110100 EUR', cash] as const,
      ['110200 EUR', card] as const,
      ['401000 EUR', -cash - card] as const,
    ].filter(([, amount]) => amount !== 0),
  );

interface Member {
  readonly name: string;
  readonly amounts: Amounts;
}

/** Members by amounts; equal ones on both sides stand for each other and are no part of it. */
function classesOf(documents: readonly Member[], vouchers: readonly Member[]): OpenClasses {
  const open = (side: readonly Member[], other: readonly Member[]): OpenClass<never>[] => {
    const texts = [...new Set(side.map(({ amounts }) => textOf(amounts)))].sort();
    return texts.flatMap((text) => {
      const members = side.filter(({ amounts }) => textOf(amounts) === text);
      const count = members.length - other.filter(({ amounts }) => textOf(amounts) === text).length;
      return count > 0 && text !== ''
        ? [{ amounts: members[0]?.amounts ?? new Map(), members, count } as never]
        : [];
    });
  };
  return { documents: open(documents, vouchers), vouchers: open(vouchers, documents) };
}

const members = (kind: string, most: number) =>
  fc.array(fc.tuple(fc.constantFrom(...PRICES), fc.boolean()), { minLength: 1, maxLength: most }).map((all) =>
    all.map(([price, isCard], index): Member => ({
      name: `${kind}${index}`,
      amounts: isCard ? amountsOf(0, price) : amountsOf(price, 0),
    })),
  );

/** Vouchers are sums of documents, with a few of their own. */
const days = members('D', 5).chain((documents) =>
  fc.tuple(
    fc.constant(documents),
    fc.array(fc.subarray(documents, { minLength: 1, maxLength: Math.min(3, documents.length) }), {
      maxLength: 3,
    }),
    members('X', 1),
    fc.boolean(),
  ),
);

const nameOf = ({
  name,
  document,
  reference,
}: Partial<Member> & { document?: PosDocument; reference?: string }) =>
  name ?? document?.documentId ?? reference ?? '';

const openOf = (classes: readonly OpenClass<unknown>[]): Member[] =>
  classes.flatMap(({ members: all, count }) => (all as Member[]).slice(0, count));

/** Every choice of documents and vouchers with the same sum, as the names of its members, within the bounds. */
function balanced(documents: readonly Member[], vouchers: readonly Member[]): Set<string>[] {
  const choicesOf = (all: readonly Member[]): Member[][] =>
    Array.from({ length: 2 ** all.length }, (_, bits) =>
      all.filter((_one, index) => (bits >> index) & 1),
    ).filter((one) => one.length > 0);
  const textOfSum = (some: readonly Member[]): string => textOf(sumOf(some.map(({ amounts }) => amounts)));
  const found = choicesOf(documents).flatMap((left) =>
    choicesOf(vouchers)
      .filter((right) => {
        const [least = 0, most = 0] = [left.length, right.length].sort((one, other) => one - other);
        return (
          (least === 1 ? most <= 5 : most <= 3) &&
          textOfSum(left) !== '' &&
          textOfSum(left) === textOfSum(right)
        );
      })
      .map((right) => new Set([...left, ...right].map(({ name }) => name))),
  );
  return found.filter(
    (one) => !found.some((other) => other.size < one.size && [...other].every((name) => one.has(name))),
  );
}

/** Whether the sets can be chosen so that each name is in just one. */
function covers(names: readonly string[], sets: readonly Set<string>[]): boolean {
  const [first] = names;
  if (first === undefined) return true;
  return sets.some((set) => {
    if (!set.has(first) || ![...set].every((name) => names.includes(name))) return false;
    return covers(
      names.filter((name) => !set.has(name)),
      sets,
    );
  });
}

test('a set is taken only if nothing else explains its members: every choice is tried', () => {
  let [taken, open] = [0, 0];
  fc.assert(
    fc.property(days, ([documents, sums, extra, hasExtra]) => {
      const vouchers = [
        ...sums.map((some, index) => ({
          name: `V${index}`,
          amounts: sumOf(some.map(({ amounts }) => amounts)),
        })),
        ...(hasExtra ? extra : []),
      ];
      const classes = classesOf(documents, vouchers);
      const found = matchSets(classes);
      // Of equal members all are open to a set, as nothing tells them apart.
      const all = (side: OpenClasses['documents'] | OpenClasses['vouchers']): Member[] => openOf(side);
      const sets = balanced(all(classes.documents), all(classes.vouchers));
      const settled = found.settled.map((one) =>
        [...all(one.documents), ...all(one.vouchers)].map(({ name }) => name),
      );
      const contested = found.contested.flatMap((one) =>
        [...all(one.classes.documents), ...all(one.classes.vouchers)].map(({ name }) => name),
      );
      for (const names of settled) {
        expect(covers(names, sets)).toBe(true);
        for (const set of sets) {
          const inside = [...set].filter((name) => names.includes(name));
          expect([0, set.size]).toContain(inside.length);
        }
      }
      const told = new Set([...settled.flat(), ...contested]);
      expect([...told].sort()).toEqual([...new Set(sets.flatMap((set) => [...set]))].sort());
      expect(told.size).toBe(settled.flat().length + contested.length);
      taken += settled.length;
      open += found.contested.length;
      expect(
        found.contested.every(({ candidates }) =>
          candidates.every((set) => set.documents.map(nameOf).length > 0),
        ),
      ).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  // The generator reaches both.
  expect(Math.min(taken, open)).toBeGreaterThan(50);
});

const NETS = [1_100_000, 2_300_000, 3_400_000, 5_700_000, 9_100_000, 400_000];

test('sales in vouchers of several, in several vouchers, and left out: what is named has been left out, and the proof holds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...NETS), fc.constantFrom('cash' as const, 'card' as const)), {
        minLength: 5,
        maxLength: 9,
      }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 9, maxLength: 9 }),
      (sold, places) => {
        const events = sold.map(([net, tender], index) =>
          sale(`X${index}`, net + 17 * 2 ** index, { tender, eventId: eventId(`tillstream:x${index}`) }),
        );
        // 0: not posted; 1 and 2: in a voucher with others; 3 and 4: alone, or in two vouchers.
        const at = (place: number) => events.filter((_one, index) => places[index] === place);
        const entries = [
          ...[1, 2].flatMap((place) => postedInSum(at(place), { voucher: `SUM-${place}` })),
          ...at(3).flatMap((one) =>
            postedEach(one, { documentNumber: '', voucher: `V-${one.transactionId}` }),
          ),
          ...at(4).flatMap((one) =>
            postedEach(one).flatMap(({ account, amountMinor }) => {
              const part = Math.trunc(amountMinor / 3);
              const row = (amount: number, mark: string) =>
                entry({ account, amountMinor: amount, voucher: `W-${one.transactionId}-${mark}` });
              return [row(part, 'a'), row(amountMinor - part, 'b')];
            }),
          ),
        ].filter((row) => row.amountMinor !== 0);
        fc.pre(entries.length > 0);
        const report = reconcileDay(events, entries, { shards: [['S1']] });
        expect(report.proof.violations).toEqual([]);
        const missing = at(0).map(({ transactionId }) => transactionId);
        for (const { category, claim, evidence } of report.exceptions)
          if (category === 'missing-in-ledger' && claim.kind === 'not-posted')
            for (const id of evidence.transactionIds) expect(missing).toContain(id);
        if (missing.length === 0)
          expect(report.exceptions.filter(({ category }) => category !== 'ambiguous')).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});
