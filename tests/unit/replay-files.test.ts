import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readOnlineRetail } from '../../infra/local/replay/online-retail.ts';
import { parseReplayOptions, type ReplayOptions } from '../../infra/local/replay/options.ts';
import { readPoslog } from '../../infra/local/replay/poslog-file.ts';
import type { ReplayFile } from '../../infra/local/replay/record.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillstream-replay-files-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function optionsFor(format: string, name: string, content: string | Buffer): ReplayOptions {
  const file = join(dir, name);
  writeFileSync(file, content);
  return parseReplayOptions(['--format', format, file]) as ReplayOptions;
}

const HEADER = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID,Country';
const invoices = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');
const eventsOf = (file: ReplayFile): Record<string, unknown>[] =>
  file.items.map(({ text }) => JSON.parse(text) as Record<string, unknown>);

describe('online-retail files', () => {
  it('makes invoices, credit notes and corrections of the rows, wherever they stand', async () => {
    const text = invoices(
      '1,85048,BALL,2,2009-12-01T07:45:00,6.95,13085.0,United Kingdom',
      'C2,85048,BALL,-1,2009-12-01T08:00:00,6.95,13085.0,United Kingdom',
      '3,21350,,-5,2009-12-01T09:00:00,0.0,,United Kingdom',
      '1,POST,POSTAGE,1,2009-12-01T07:46:00,4.5,13085.0,United Kingdom',
    );
    const file = await readOnlineRetail(optionsFor('online-retail', 'a.csv', text));
    expect(file).toMatchObject({ records: 4, bad: [] });
    expect(file.items.map(({ records, grossMinor }) => [records, grossMinor])).toEqual([
      [2, 1840],
      [1, -695],
      [1, 0],
    ]);
    expect(eventsOf(file)).toMatchObject([
      {
        kind: 'transaction',
        transactionId: '1',
        customerId: '13085',
        occurredAt: '2009-12-01T07:45:00.000Z',
        lines: [{ type: 'sale' }, { type: 'fee' }],
      },
      { kind: 'transaction', lines: [{ type: 'return', quantityMilli: -1000, extendedAmountMinor: -695 }] },
      { kind: 'stock', action: 'movement', items: [{ productCode: '21350', quantityMilli: -5000 }] },
    ]);
  });

  it('tells file, line, column and reason of a bad row, and keeps the others', async () => {
    const text = invoices(
      '1,A1,GOOD,1,2009-12-01T07:45:00,1.00,,UK',
      '2,A1,BAD,one,2009-12-01T07:45:00,1.00,,UK',
      '"3",A1,"TWO\nLINES",1,2009-12-01T07:45:00,1.00,,UK',
      '4,A1,BAD,1,2009-13-01T07:45:00,1.00,,UK',
      '5,A1,BAD,1,2009-12-01T07:45:00,1.2345,,UK',
      '6,A1',
      '7,A1,GOOD,1,2009-12-01T07:45:00,-2.00,,UK',
    );
    const file = await readOnlineRetail(optionsFor('online-retail', 'b.csv.gz', gzipSync(text)));
    expect(file.bad).toEqual([
      { file: 'b.csv.gz', line: 3, column: 'Quantity', reason: '"one" is not a valid whole number' },
      {
        file: 'b.csv.gz',
        line: 6,
        column: 'InvoiceDate',
        reason: '"2009-13-01T07:45:00" is not a valid time such as 2009-12-01T07:45:00 or 2009-12-01 07:45',
      },
      {
        file: 'b.csv.gz',
        line: 7,
        column: 'Price',
        reason: '"1.2345" is not a valid price such as 6.95, with at most three decimals',
      },
      { file: 'b.csv.gz', line: 8, column: 'Quantity', reason: '"" is not a valid whole number' },
    ]);
    expect(file.items.map(({ line, grossMinor }) => [line, grossMinor])).toEqual([
      [2, 100],
      [4, 100],
      [9, -200],
    ]);
    expect(file.records).toBe(7);
  });

  it.each([
    [
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
      '2010-12-01 08:26:00',
    ],
    [
      'invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country',
      '2010-12-01T08:26',
    ],
    [
      '\ufeffInvoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country',
      '2010-12-01 08:26',
    ],
  ])('knows the header %s', async (header, time) => {
    const text = `${header}\n536365,85123A,HOLDER,6,${time},2.55,17850,United Kingdom\n`;
    const file = await readOnlineRetail(optionsFor('online-retail', 'variant.csv', text));
    expect(file.bad).toEqual([]);
    expect(file.items.map(({ grossMinor }) => grossMinor)).toEqual([1530]);
    expect(eventsOf(file)).toMatchObject([
      { transactionId: '536365', occurredAt: '2010-12-01T08:26:00.000Z', customerId: '17850' },
    ]);
  });

  it('keeps what it could read of a cut archive', async () => {
    const rows = Array.from({ length: 5_000 }, (_, at) => `${at},A${at},X,1,2009-12-01T07:45:00,1.00,,UK`);
    const whole = gzipSync(invoices(...rows));
    const file = await readOnlineRetail(
      optionsFor('online-retail', 'c.csv.gz', whole.subarray(0, whole.length / 2)),
    );
    expect(file.items.length).toBeGreaterThan(100);
    expect(file.bad).toHaveLength(1);
    expect(file.bad[0]?.reason).toContain('is truncated');
  });

  it('says which columns a file lacks', async () => {
    const file = await readOnlineRetail(optionsFor('online-retail', 'd.csv', 'Invoice,Amount\n1,2\n'));
    expect(file.items).toEqual([]);
    expect(file.bad[0]).toMatchObject({ line: 1, column: 'StockCode' });
  });
});

describe('POSLog files', () => {
  const transaction = (sequence: number, total: string): string =>
    `<Transaction>\n<RetailStoreID>9</RetailStoreID><SequenceNumber>${sequence}</SequenceNumber>` +
    `<RetailTransaction><Total TotalType="TransactionGrandAmount">${total}</Total></RetailTransaction></Transaction>`;

  it('sends a transaction with broken XML by itself, and tells where it breaks', () => {
    const broken = transaction(2, '2.00').replace('</RetailStoreID>', '</Retail>');
    const text = `<?xml version="1.0"?>\n<POSLog xmlns="urn:x">\n${transaction(1, '1.50')}${broken}\n${transaction(3, '-0.25')}</POSLog>`;
    const file = readPoslog(optionsFor('poslog', 'a.xml', text));
    expect(file.items.map(({ grossMinor, alone }) => [grossMinor, alone])).toEqual([
      [150, undefined],
      [200, true],
      [-25, undefined],
    ]);
    expect(file.bad).toMatchObject([{ file: 'a.xml', line: 5 }]);
    expect(file.bodyOf(file.items.slice(0, 1))).toBe(
      `<POSLog xmlns="urn:x">${transaction(1, '1.50')}</POSLog>`,
    );
  });

  it('keeps the transaction in which a file is truncated', () => {
    const cut = transaction(2, '2.00').slice(0, -20);
    const file = readPoslog(optionsFor('poslog', 'cut.xml', `<POSLog>${transaction(1, '1.50')}${cut}`));
    expect(file.items.map(({ grossMinor, alone }) => [grossMinor, alone])).toEqual([
      [150, undefined],
      [200, true],
    ]);
    expect(file.bad).toMatchObject([{ file: 'cut.xml', line: 3 }]);
  });

  it('reports a file that is truncated between two transactions', () => {
    const file = readPoslog(optionsFor('poslog', 'short.xml', `<POSLog>\n${transaction(1, '1.50')}\n`));
    expect(file.items).toHaveLength(1);
    expect(file.bad).toEqual([
      { file: 'short.xml', line: 4, column: '', reason: 'the file is truncated here, without </POSLog>' },
    ]);
  });

  it('reads an encoding as declared, and the totals and currency of any dialect', () => {
    const total = '<Total CurrencyCode="EUR" TotalType="x:TransactionGrandAmount">1.50</Total>';
    const text = `<?xml version="1.0" encoding="ISO-8859-1"?><POSLog><Transaction><BusinessUnit><UnitID>9</UnitID></BusinessUnit><Text>Käse</Text>${total}</Transaction></POSLog>`;
    const file = readPoslog(optionsFor('poslog', 'latin.xml', Buffer.from(text, 'latin1')));
    expect(file).toMatchObject({ records: 1, bad: [], currency: 'EUR' });
    expect(file.items[0]?.text).toContain('Käse');
    expect(file.items[0]?.grossMinor).toBe(150);
    expect(file.masterData.stores).toMatchObject({ stores: [{ storeId: '9', currency: 'EUR' }] });
    const undeclared = optionsFor('poslog', 'odd.xml', Buffer.from('<POSLog>ä</POSLog>', 'latin1'));
    expect(() => readPoslog(undeclared)).toThrow(/^odd\.xml is not UTF-8/);
  });

  it('takes a transaction alone for a whole file', () => {
    const file = readPoslog(optionsFor('poslog', 'one.xml', transaction(1, '1.50')));
    expect(file).toMatchObject({ records: 1, bad: [] });
  });
});
