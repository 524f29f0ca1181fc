import { storeId } from '../../shared/ids.ts';
import {
  checkControls,
  type BookControl,
  type LandedControl,
  type LedgerFileControl,
} from '../../shared/reconciliation/control-totals.ts';
import { EUR } from '../support/ledger-fixtures.ts';

const S1 = storeId('S1');
const count = (transactions: number, grossMinor: number | string) => ({ transactions, grossMinor });
const NONE = count(0, 0);
const book = (changes: Partial<BookControl> = {}): BookControl => ({
  storeId: S1,
  currency: EUR,
  delivered: count(4, 400),
  distinct: count(3, 300),
  counted: count(2, 200),
  notInForce: count(1, 100),
  superseded: NONE,
  held: NONE,
  imbalanceMinor: 0,
  ...changes,
});
const file = (changes: Partial<LedgerFileControl> = {}): LedgerFileControl => ({
  file: 'ledger.csv',
  currency: EUR,
  rows: 2,
  debitMinor: 200,
  creditMinor: -200,
  ...changes,
});
const landed = (changes: Partial<LandedControl> = {}): LandedControl => ({
  storeId: S1,
  currency: EUR,
  delivered: count(4, '400'),
  distinct: count(3, '300'),
  ...changes,
});
const cell = (posMinor: number, ledgerMinor: number) => ({
  storeId: S1,
  currency: EUR,
  posMinor,
  ledgerMinor,
});
const CELLS = [cell(200, 200), cell(-200, -200)];
const violationsOf = (
  control: Parameters<typeof checkControls>[0],
  { books = [book()], files = [file()], cells = CELLS } = {},
) => checkControls(control, [{ books, files }], cells).violations;

test('totals that agree have nothing to say, and what was not counted is not compared', () => {
  const all = { landed: [landed()], ledger: [file({ debitMinor: '200' })] };
  expect(checkControls(all, [{ books: [book()], files: [file()] }], CELLS)).toEqual({
    landedTotals: 1,
    ledgerTotals: 1,
    violations: [],
  });
  expect(checkControls({}, [{ books: [book()], files: [file()] }], CELLS)).toMatchObject({
    landedTotals: 0,
    ledgerTotals: 0,
    violations: [],
  });
});

test.each([
  ['an event that was lost after landing', [landed({ delivered: count(5, 400) })]],
  ['an amount that was misread', [landed({ delivered: count(4, 401) })]],
  ['two sales that were taken for one', [landed({ distinct: count(4, 400) })]],
  ['a store that was not read at all', [landed(), landed({ storeId: storeId('S2'), distinct: undefined })]],
  ['a store that landing never met', []],
])('landing shows %s', (_what, counts) => {
  expect(violationsOf({ landed: counts })).toHaveLength(1);
});

test.each([
  ['a row that was lost', file({ rows: 3 })],
  ['a debit that was misread', file({ debitMinor: 201 })],
  ['a credit that was misread', file({ creditMinor: -201 })],
])('a ledger file shows %s', (_what, counted) => {
  expect(violationsOf({ ledger: [counted] })).toHaveLength(1);
});

test('a file that one side alone knows', () => {
  expect(violationsOf({ ledger: [file(), file({ file: 'other.csv' })] })).toHaveLength(1);
  expect(violationsOf({ ledger: [] })).toHaveLength(1);
});

test('files of two shards are added up', () => {
  const half = file({ rows: 1, debitMinor: 100, creditMinor: -100 });
  const shards = [
    { books: [book()], files: [half] },
    { books: [], files: [half] },
  ];
  expect(checkControls({ ledger: [file()] }, shards, CELLS).violations).toEqual([]);
});

test('an event that is neither counted nor accounted for otherwise', () => {
  expect(violationsOf({}, { books: [book({ counted: count(1, 100) })] })).toHaveLength(1);
  const held = book({ counted: count(1, 100), held: count(1, 100) });
  expect(violationsOf({}, { books: [held] })).toEqual([]);
  const superseded = book({ counted: count(1, 100), superseded: count(1, 100) });
  expect(violationsOf({}, { books: [superseded] })).toEqual([]);
});

test('cells that hold something else than what was read', () => {
  expect(violationsOf({}, { cells: [cell(200, 200), cell(-199, -200)] })).toHaveLength(1);
  expect(violationsOf({}, { cells: [cell(200, 200), cell(-200, -201)] })).toHaveLength(1);
  const off = { books: [book({ imbalanceMinor: 1 })], cells: [cell(200, 200), cell(-199, -200)] };
  expect(violationsOf({}, off)).toEqual([]);
});
