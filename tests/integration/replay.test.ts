import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDemo, type BuiltDemo } from '../support/built-demo.ts';
import { sharedData } from '../support/shared-data.ts';

jest.setTimeout(300_000);

const POSLOG = sharedData('poslog/poslog.xml') ?? '';
const INVOICES = sharedData('online-retail/invoices-2009-12-to-2010-02.csv.gz') ?? '';

let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo();
});
afterAll(() => demo.remove());

/** Skips out loud: the test's name then says why. */
const withFile = (file: string): typeof it => (existsSync(file) ? it : it.skip);
const replay = (format: string, file: string, folder = demo.newFolder()) =>
  demo.run('replay', ['--format', format, file, '--data', folder]).ended;

withFile(POSLOG)(`accounts for every transaction of a real till log (needs the till log)`, async () => {
  const folder = demo.newFolder();
  const { exitCode, output, errors } = await replay('poslog', POSLOG, folder);
  expect(errors).toBe('');
  expect(output).not.toContain('FAILED');
  expect(output).toContain(
    '30 transactions = 25 landed + 5 ignored + 0 in dead letters + 0 repeated + 0 unreadable',
  );
  expect(output).toContain('1368.25 USD = 1368.25 USD landed');
  expect(output).toMatch(/drawer, noSale +2\n/);
  expect(exitCode).toBe(0);
  // Once more: all of it lands again, and nothing has an effect.
  const again = await replay('poslog', POSLOG, folder);
  expect(again.output).toContain('25 deliveries = 0 effects + 25 known already');
  expect(again.exitCode).toBe(0);
});

withFile(INVOICES)(`accounts for every row of a real retailer's invoices (needs the invoices)`, async () => {
  const { exitCode, output, errors } = await replay('online-retail', INVOICES);
  expect(errors).toBe('');
  expect(output).not.toContain('FAILED');
  expect(output).toContain('106,171 rows = 106,171 landed');
  expect(output).toContain('1956971.42 GBP = 1956971.42 GBP landed');
  expect(output).toMatch(/credit notes +941\n/);
  expect(exitCode).toBe(0);
});

it('keeps the good part of bad files, and tells the place of the rest', async () => {
  const folder = demo.newFolder();
  const rows = join(folder, 'rows.csv');
  writeFileSync(
    rows,
    [
      'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID,Country',
      '1,85048,BALL,2,2009-12-01T07:45:00,6.95,13085.0,United Kingdom',
      '2,85048,BALL,many,2009-12-01T07:45:00,6.95,13085.0,United Kingdom',
      'A3,B,Adjust bad debt,1,2009-12-01T07:45:00,-53594.36,,United Kingdom',
      '',
    ].join('\n'),
  );
  const invoices = await replay('online-retail', rows);
  expect(invoices.output).toContain('rows.csv:3:Quantity: "many" is not a valid whole number');
  expect(invoices.output).toContain(
    '3 rows = 1 landed + 0 ignored + 1 in dead letters + 0 repeated + 1 unreadable',
  );
  expect(invoices.output).toContain('-53580.46 GBP = 13.90 GBP landed + -53594.36 GBP in dead letters');
  expect(invoices.output).toContain('1 refusal, 1 new dead letter');
  expect(invoices.output).toMatch(
    /1 record, -53594\.36 GBP: schema at \/lines\/n\/regularUnitPriceMinor: .*\(rows\.csv:4\)/,
  );
  expect(invoices.output).toMatch(/FAILED +Nothing is left out/);
  expect(invoices.exitCode).toBe(1);

  const other = await replay('poslog', rows);
  expect(other.exitCode).toBe(2);
  expect(other.errors).toBe('rows.csv holds no transaction that can be sent. Is --format poslog right?\n');
  const missing = await replay('poslog', join(folder, 'none.xml'));
  expect(missing).toMatchObject({ exitCode: 2, errors: `File not found: ${join(folder, 'none.xml')}\n` });
});

withFile(POSLOG)(`goes on after a broken transaction (needs the till log)`, async () => {
  const folder = demo.newFolder();
  const broken = join(folder, 'broken.xml');
  writeFileSync(broken, readFileSync(POSLOG, 'utf8').replace('</RetailStoreID>', '</RetailStore>'));
  const { exitCode, output } = await replay('poslog', broken);
  expect(output).toMatch(/broken\.xml:1:\d+: /);
  expect(output).toContain(
    '30 transactions = 24 landed + 5 ignored + 1 in dead letters + 0 repeated + 0 unreadable',
  );
  expect(output).toContain('1368.25 USD = 1347.80 USD landed + 20.45 USD in dead letters');
  expect(output).toMatch(
    /1 record, 20\.45 USD: bad-xml at [\d:]+: The transaction is not XML \(broken\.xml:1\)/,
  );
  expect(exitCode).toBe(1);
});

it.each([
  ['numbers that restart within a day', 'x10-sequence-reset-same-day.xml', 1],
  ['POSLog 6', 'p03-decathlon.xml', 0],
  ['Latin-1, as it declares', 'x2-latin1-declared.xml', 0],
])('%s (needs the field data)', async (_, name, exitCode) => {
  const file = sharedData(`field/${name}`);
  if (file === undefined) return;
  const { output, exitCode: found } = await replay('poslog', file);
  expect([found, output]).toEqual([
    exitCode,
    exitCode === 0 ? expect.not.stringContaining('FAILED') : expect.stringContaining('FAILED'),
  ]);
});
