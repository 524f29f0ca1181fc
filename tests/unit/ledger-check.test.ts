import { checkLedgerFile, chosenMapping } from '../../infra/local/ledger/check.ts';
import { ledgerMappingSchema } from '../../shared/ledger/sources/files/mapping.ts';
import { chunksOf } from '../support/file-bytes.ts';

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber';
const mapping = (changes: object) => ledgerMappingSchema.parse({ name: 'gl', files: '*', ...changes });

test('a check shows the first rows as read, totals by account, whether it balances, and each bad row', async () => {
  const row = (account: string, amount: string, date = '2026-03-02') =>
    `J,V,${date},${account},S1,EUR,${amount},T1`;
  const rows = [
    row('110100', '11.90'),
    row('401000', '-10.00'),
    row('261100', '-1.89'),
    row('401000', '1.005'),
    row('1', '1', 'x'),
  ];
  const { lines, isClean } = await checkLedgerFile(
    'a.csv',
    chunksOf(Buffer.from([HEADER, ...rows].join('\n'))),
    undefined,
    2,
  );
  expect(isClean).toBe(false);
  expect(lines.join('\n')).toBe(`a.csv, read without a mapping: 3 rows read, 2 not

First rows as read
  line  date        account  store  amount  currency  journal  voucher  document
  2     2026-03-02  110100   S1     11.90   EUR       J        V        T1
  3     2026-03-02  401000   S1     -10.00  EUR       J        V        T1

Totals by account
  account  currency  rows  debit  credit  balance
  110100   EUR       1     11.90  0.00    11.90
  261100   EUR       1     0.00   -1.89   -1.89
  401000   EUR       1     0.00   -10.00  -10.00

Debits and credits
  EUR: 11.90 and -11.89: they differ by 0.01

Accounting dates
  2026-03-02 (3)

Store dimensions
  S1 (3)

Rows that were not read
  a.csv:6 AccountingDate: "x" is not a date YYYY-MM-DD
  a.csv:5 (2026-03-02) TransactionCurrencyAmount: "1.005" has 3 decimals, EUR has at most 2`);
});

test('a file without rows is not clean, and the mapping is the one for the name', async () => {
  const { lines, isClean } = await checkLedgerFile('a.csv', chunksOf(Buffer.from(HEADER)), mapping({}), 2);
  expect([lines, isClean]).toEqual([['a.csv, read by the mapping "gl": 0 rows read, 0 not'], false]);
  const two = [mapping({ name: 'a', files: 'a*' }), mapping({ name: 'b', files: 'b*' })];
  expect([
    chosenMapping('b.csv', two)?.name,
    chosenMapping('c.csv', two),
    chosenMapping('c.csv', two.slice(0, 1))?.name,
  ]).toEqual(['b', undefined, 'a']);
});
