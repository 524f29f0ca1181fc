import { settlementMappingSchema } from '../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { payoutsOf } from '../../shared/ledger/settlement/payout.ts';
import { uniqueSettlement } from '../../shared/ledger/settlement/unique-settlement.ts';
import { checkSettlementFile } from '../../infra/local/ledger/check-settlement.ts';
import { chunksOf } from '../support/file-bytes.ts';
import { adyenReport, settlementOf } from '../support/settlement-files.ts';

describe('Adyen settlement details', () => {
  const sale = {
    'Psp Reference': '8816178952380553',
    'Merchant Reference': 'S1-1',
    Type: 'Settled',
    'Gross Credit (GC)': '11.90',
    'Net Credit (NC)': '11.70',
    'Commission (NC)': '0.12',
    'Scheme Fees (NC)': '0.08',
  };

  test('a batch is a payout: captures, refunds, chargebacks, fees, reserve and what was paid out', async () => {
    const { entries, errors } = await settlementOf(
      'adyen.csv',
      adyenReport([
        sale,
        {
          ...sale,
          'Psp Reference': 'B',
          'Merchant Reference': 'S1-2',
          Type: 'Refunded',
          'Gross Credit (GC)': '',
          'Gross Debit (GC)': '5.00',
          'Net Credit (NC)': '',
          'Net Debit (NC)': '5.10',
          'Commission (NC)': '0.10',
          'Scheme Fees (NC)': '',
        },
        {
          ...sale,
          'Psp Reference': 'C',
          Type: 'Chargeback',
          'Gross Credit (GC)': '',
          'Gross Debit (GC)': '2.00',
          'Net Credit (NC)': '',
          'Net Debit (NC)': '9.50',
          'Commission (NC)': '7.50',
          'Scheme Fees (NC)': '',
        },
        {
          Type: 'Fee',
          'Gross Currency': '',
          'Net Debit (NC)': '1.00',
          'Modification Reference': 'Transaction Fees March',
        },
        { Type: 'ReserveAdjustment', 'Gross Currency': '', 'Net Credit (NC)': '10.00' },
        {
          Type: 'MerchantPayout',
          'Gross Currency': '',
          'Net Debit (NC)': '6.10',
          'Creation Date': '2026-03-04 02:00:00',
        },
      ]),
    );
    expect(errors).toEqual([]);
    expect(entries[0]).toMatchObject({
      kind: 'capture',
      grossMinor: 1190,
      feeMinor: 20,
      netMinor: 1170,
      merchantReference: 'S1-1',
      occurredOn: '2026-03-02',
      payoutId: 'ChainPOS/42',
    });
    expect(payoutsOf(entries)).toEqual([
      expect.objectContaining({
        payoutId: 'ChainPOS/42',
        payoutDate: '2026-03-04',
        captureMinor: 1190,
        refundMinor: -500,
        chargebackMinor: -200,
        reserveMinor: 1000,
        adjustmentMinor: 0,
        feeMinor: 20 + 10 + 750 + 100,
        netMinor: 610,
        paidOutMinor: 610,
      }),
    ]);
  });

  test("where a payment is a gross debit, as in Adyen's own sample, its net shows that it came in", async () => {
    const { 'Gross Credit (GC)': gross, ...rest } = sale;
    const { entries } = await settlementOf('a.csv', adyenReport([{ ...rest, 'Gross Debit (GC)': gross }]));
    expect(entries[0]).toMatchObject({ grossMinor: 1190, feeMinor: 20, netMinor: 1170 });
  });

  test('a payment that is captured in parts is as many rows, and fees finer than a cent are rounded', async () => {
    const part = {
      ...sale,
      'Gross Credit (GC)': '5.95',
      'Net Credit (NC)': '5.93',
      'Commission (NC)': '0.0125',
      'Scheme Fees (NC)': '0.0035',
    };
    const { entries, errors } = await settlementOf(
      'a.csv',
      adyenReport([part, { ...part, 'Modification Reference': 'M2' }]),
    );
    expect(errors).toEqual([]);
    expect(entries.map(({ feeMinor }) => feeMinor)).toEqual([2, 2]);
  });

  test('a row that does not add up, has no date or no amount is said with its place, and the others count', async () => {
    const { entries, errors } = await settlementOf(
      'a.csv',
      adyenReport([
        { ...sale, 'Net Credit (NC)': '21.70' },
        { ...sale, 'Creation Date': '03/08/2026 14:37' },
        { ...sale, 'Gross Credit (GC)': '11,90' },
        { ...sale, 'Net Currency': 'XXQ' },
        { ...sale, Type: 'BalanceAdjustmentOfTomorrow' },
      ]),
    );
    expect(entries.map(({ kind, text }) => [kind, text])).toEqual([
      ['adjustment', 'BalanceAdjustmentOfTomorrow'],
    ]);
    expect(errors.map(({ line, column }) => [line, column])).toEqual([
      [2, 'Net Credit (NC)'],
      [3, 'Creation Date'],
      [4, ''],
      [5, 'Net Currency'],
    ]);
    expect(errors[0]?.reason).toBe('is 21.70 net, but gross 11.90 less fees 0.20 is 11.70');
  });

  test('a payment in another currency than its payout keeps both, and its fee is what the report names', async () => {
    const { entries } = await settlementOf(
      'a.csv',
      adyenReport([
        { ...sale, 'Gross Currency': 'JPY', 'Gross Credit (GC)': '1500', 'Exchange Rate': '0.0078' },
      ]),
    );
    expect(entries[0]).toMatchObject({
      currency: 'JPY',
      grossMinor: 1500,
      netCurrency: 'EUR',
      feeMinor: 20,
      netMinor: 1170,
    });
    expect(payoutsOf(entries)[0]).toMatchObject({ currency: 'EUR', captureMinor: 1190, netMinor: 1170 });
  });
});

describe('Stripe', () => {
  const HEAD =
    'automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,reporting_category,currency,gross,fee,net,source_id,payment_intent_id,payment_metadata[transaction_id]';

  test('the payout reconciliation report in decimals of each currency', async () => {
    const { entries, errors } = await settlementOf(
      'stripe.csv',
      [
        HEAD,
        'po_1,2026-03-04 00:00:00,txn_1,2026-03-02 10:00:00,charge,eur,11.90,0.43,11.47,ch_1,pi_1,S1-1',
        'po_1,2026-03-04 00:00:00,txn_2,2026-03-02 11:00:00,dispute,eur,-11.90,15.00,-26.90,dp_1,pi_1,',
        'po_2,2026-03-04 00:00:00,txn_3,2026-03-02 11:00:00,charge,jpy,1500,54,1446,ch_2,pi_2,',
        'po_1,2026-03-04 00:00:00,txn_4,2026-03-02 11:00:00,charge,eur,11.90,0.43,11.90,ch_3,pi_3,',
        'po_1,2026-03-04 00:00:00,txn_5,2026-03-02 11:00:00,charge,jpy,15.5,0,15.5,ch_3,pi_3,',
      ].join('\r\n'),
    );
    expect(entries[0]).toMatchObject({
      kind: 'capture',
      reference: 'pi_1',
      merchantReference: 'S1-1',
      payoutId: 'po_1',
      payoutDate: '2026-03-04',
      grossMinor: 1190,
      feeMinor: 43,
      netMinor: 1147,
    });
    expect(entries[1]).toMatchObject({
      kind: 'chargeback',
      grossMinor: -1190,
      feeMinor: 1500,
      netMinor: -2690,
    });
    expect(entries[2]).toMatchObject({ currency: 'JPY', grossMinor: 1500 });
    expect(errors.map(({ line, column, reason }) => [line, column, reason])).toEqual([
      [5, 'net', 'is 11.90, but gross less fee is 11.47'],
      [6, 'gross', expect.stringContaining('JPY')],
    ]);
  });

  const transaction = (id: string, amount: number, changes: object = {}) => ({
    id,
    object: 'balance_transaction',
    amount,
    fee: 0,
    net: amount,
    currency: 'eur',
    type: 'charge',
    reporting_category: 'charge',
    source: `ch_${id}`,
    created: Date.parse('2026-03-02T10:00:00Z') / 1000,
    available_on: Date.parse('2026-03-04T00:00:00Z') / 1000,
    ...changes,
  });

  test.each([
    ['a list', (rows: object[]) => JSON.stringify({ object: 'list', has_more: false, data: rows })],
    ['an array', (rows: object[]) => JSON.stringify(rows, undefined, 2)],
    ['one object a line', (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')],
  ])('balance transactions as %s belong to the one payout among them', async (_form, written) => {
    const { entries, errors } = await settlementOf(
      'stripe.json',
      written([
        transaction('1', 1190, { fee: 43, net: 1147, source: { id: 'ch_1', payment_intent: 'pi_1' } }),
        transaction('2', 150_000, { currency: 'isk' }),
        transaction('3', 5, { currency: 'mga' }),
        transaction('4', -1147, { type: 'payout', reporting_category: 'payout', source: 'po_9' }),
        transaction('5', -1190, { type: 'adjustment', reporting_category: null, source: 'dp_1' }),
      ]),
    );
    expect(errors).toEqual([]);
    expect(entries.map(({ payoutId }) => payoutId)).toEqual(Array(5).fill('po_9'));
    expect(entries[0]).toMatchObject({ reference: 'pi_1', netMinor: 1147, payoutDate: '2026-03-04' });
    expect(entries[1]).toMatchObject({ currency: 'ISK', grossMinor: 1500 });
    expect(entries[2]).toMatchObject({ currency: 'MGA', grossMinor: 500 });
    expect(entries[4]?.kind).toBe('chargeback');
  });

  test('what is not whole is said: a list with more pages, a cut file, a foreign object, a float', async () => {
    const page = JSON.stringify({
      object: 'list',
      has_more: true,
      data: [transaction('1', 1), { id: 'x', object: 'charge' }, transaction('2', 1.5)],
    });
    const { entries, errors } = await settlementOf('a.json', page);
    expect(entries).toHaveLength(1);
    expect(errors.map(({ line, column }) => [line, column])).toEqual([
      [2, 'object'],
      [3, 'amount'],
      [1, 'has_more'],
    ]);
    const cut = await settlementOf('a.json', page.slice(0, -20));
    expect(cut.entries).toEqual([]);
    expect(cut.errors[0]?.reason).toContain('not JSON, or not all of it');
    const two = [
      transaction('1', 5),
      transaction('2', -2, { type: 'payout', source: 'po_1' }),
      transaction('3', -3, { type: 'payout', source: 'po_2' }),
    ];
    const several = await settlementOf('a.json', JSON.stringify(two));
    expect(several.entries.map(({ payoutId }) => payoutId)).toEqual(['', '', '']);
  });
});

const amount = (size: string) => `<Amt Ccy="EUR">${size}</Amt>`;
const balance = (code: string, size: string) =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(size)}<CdtDbtInd>CRDT</CdtDbtInd></Bal>`;
const bankEntry = (size: string, direction: string, details = '', extra = '') =>
  `<Ntry>${amount(size)}<CdtDbtInd>${direction}</CdtDbtInd>${extra}<Sts>BOOK</Sts><BookgDt><Dt>2026-03-04</Dt></BookgDt><NtryDtls>${details}</NtryDtls></Ntry>`;
const statement = (closing: string, ...entries: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>STM1</Id><Acct><Id><IBAN>NL38ABNA0554789741</IBAN></Id><Ccy>EUR</Ccy></Acct>${balance('PRCD', '000000000000100.00')}${balance('CLBD', closing)}${entries.join('')}</Stmt></BkToCstmrStmt></Document>`;
const transactionOf = (size: string, reference: string) =>
  `<TxDtls><Refs><EndToEndId>${reference}</EndToEndId></Refs>${size === '' ? '' : amount(size)}<RltdPties><Dbtr><Nm>Zacharias Mustermann</Nm></Dbtr></RltdPties><RmtInf><Ustrd>payout</Ustrd><Ustrd>${reference} zach@example.org</Ustrd></RmtInf></TxDtls>`;

describe('camt.053', () => {
  // OCA/bank-statement-import#157: the entry's total was taken for each of its transactions.
  test('a batch counts each of its transactions with its own amount, and keeps no names', async () => {
    const { entries, errors } = await settlementOf(
      'bank.xml',
      statement(
        '529.56',
        bankEntry('429.56', 'CRDT', transactionOf('329.56', 'TX1') + transactionOf('100.00', 'TX2')),
      ),
      { chunkBytes: 7 },
    );
    expect(errors).toEqual([]);
    expect(entries.map(({ netMinor, merchantReference }) => [netMinor, merchantReference])).toEqual([
      [32_956, 'TX1'],
      [10_000, 'TX2'],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/Mustermann|zach@/);
    expect(entries[0]?.text).toContain('payout TX1');
  });

  test.each([
    ['the batch does not give their amounts', transactionOf('', 'TX1') + transactionOf('', 'TX2')],
    ['their amounts are of something else', transactionOf('1.00', 'TX1') + transactionOf('2.00', 'TX2')],
  ])('transactions count as one entry where %s', async (_what, details) => {
    const { entries } = await settlementOf(
      'bank.xml',
      statement('529.56', bankEntry('429.56', 'CRDT', details)),
    );
    expect(entries.map(({ netMinor }) => netMinor)).toEqual([42_956]);
  });

  // OCA/bank-statement-import#375: banks disagree on what the indicator of a reversal means.
  test.each([
    ['of the reversal, as ISO 20022 has it', '90.00', -1_000],
    ['of what it reverses', '110.00', 1_000],
  ])('the indicator of a reversal is that %s, as the balances show', async (_what, closing, netMinor) => {
    const { entries, errors } = await settlementOf(
      'b.xml',
      statement(closing, bankEntry('10.00', 'DBIT', '', '<RvslInd>true</RvslInd>')),
    );
    expect(errors).toEqual([]);
    expect(entries.map((entry) => entry.netMinor)).toEqual([netMinor]);
  });

  test('a statement that does not lead from its opening to its closing balance says so', async () => {
    const { entries, errors } = await settlementOf('b.xml', statement('105.00', bankEntry('10.00', 'CRDT')));
    expect(entries).toHaveLength(1);
    expect(errors[0]?.reason).toBe(
      'The entries add up to 10.00 EUR, but the balance moves by 5.00 EUR: entries are missing, or one was misread',
    );
  });

  test('pending entries do not count, and a file that ends in its middle says so', async () => {
    const pending = bankEntry('7.00', 'CRDT').replace('BOOK', 'PDNG');
    const { entries } = await settlementOf('b.xml', statement('110.00', bankEntry('10.00', 'CRDT'), pending));
    expect(entries.map(({ netMinor }) => netMinor)).toEqual([1_000]);
    const cut = await settlementOf('b.xml', statement('110.00', bankEntry('10.00', 'CRDT')).slice(0, -60));
    expect(cut.entries).toEqual([]);
    expect(cut.errors[0]?.reason).toContain('not well-formed or not whole');
    const bad = await settlementOf(
      'b.xml',
      statement('110.00', bankEntry('10.00', 'CREDIT'), bankEntry('1.234', 'CRDT')),
    );
    expect(bad.errors.map(({ column }) => column)).toEqual(['CdtDbtInd', 'Amt']);
  });

  // OCA/bank-statement-import#475: entries of one reference are as many entries.
  test('two equal entries are two, and the same statement in a second file is none more', async () => {
    const twice = bankEntry('10.00', 'CRDT', '', '<AcctSvcrRef>R1</AcctSvcrRef>');
    const read = async (file: string) =>
      (await settlementOf(file, statement('120.00', twice, twice))).entries;
    const one = await read('one.xml');
    expect(uniqueSettlement(one).counted).toHaveLength(2);
    const { counted, repeats } = uniqueSettlement([...one, ...(await read('two.xml'))]);
    expect(counted).toHaveLength(2);
    expect(repeats.map(({ readAt }) => readAt.part)).toEqual(['two.xml', 'two.xml']);
  });
});

describe('any other acquirer, by a mapping', () => {
  const mapping = settlementMappingSchema.parse({
    name: 'terminals',
    acquirer: 'acquirer-one',
    files: '*',
    delimiter: 'semicolon',
    date: 'DD.MM.YYYY',
    decimalMark: ',',
    columns: {
      Kind: 'Type',
      PayoutId: 'Settlement',
      MerchantReference: 'Receipt',
      TransactionDate: 'Date',
      GrossAmount: 'Gross',
      FeeAmount: 'Fee',
      NetAmount: 'Net',
    },
    kinds: { Sale: 'capture', Refund: 'refund' },
    unsigned: ['refund'],
    currency: 'EUR',
  });
  const read = (...rows: string[]) =>
    settlementOf(
      'a.csv',
      ['Report of March', '', 'Date;Type;Settlement;Receipt;Gross;Fee;Net', ...rows].join('\n'),
      { mapping },
    );

  test('its columns, kinds and signs are read, and every row that does not fit is said', async () => {
    const { entries, errors } = await read(
      '02.03.2026;Sale;P1;S1-1;1.011,90;0,20;1.011,70',
      '02.03.2026;Refund;P1;S1-2;5,00;0,10;5,10',
      '02.03.2026;Rebate;P1;;1,00;;',
      '02.03.2026;Refund;P1;S1-2;-5,00;;',
      '02.03.2026;Sale;P1;S1-1;11,90;0,20;11,90',
      '31.02.2026;Sale;P1;S1-1;11,90;0,20;11,70',
      '02.03.2026;Sale;P1;S1-1;11,90',
    );
    expect(entries.map(({ kind, grossMinor, netMinor, text }) => [kind, grossMinor, netMinor, text])).toEqual(
      [
        ['capture', 101_190, 101_170, 'Sale'],
        ['refund', -500, -510, 'Refund'],
        ['adjustment', 100, 100, 'Rebate'],
      ],
    );
    expect(errors.map(({ line, column }) => [line, column])).toEqual([
      [7, 'Gross'],
      [8, 'Net'],
      [9, 'Date'],
      [10, ''],
    ]);
  });

  test('a file without a mapping that shows no format says which there are', async () => {
    const { errors } = await settlementOf('x.csv', 'a,b\n1,2');
    expect(errors[0]?.reason).toContain('none of: Adyen settlement details report, Stripe payout');
  });
});

test('a report that was made twice counts once; rows of one id and two contents are said', async () => {
  const row = { Type: 'Fee', 'Gross Currency': '', 'Net Debit (NC)': '1.00' };
  const first = (await settlementOf('a.csv', adyenReport([row, row]))).entries;
  const second = (await settlementOf('b.csv', adyenReport([row, row, row]))).entries;
  expect(uniqueSettlement([...first, ...second]).counted).toHaveLength(3);
  const [one] = first;
  if (!one) throw new Error('there is one');
  const { counted, errors } = uniqueSettlement([
    { ...one, rowId: 'txn_1' },
    { ...one, rowId: 'txn_1', netMinor: -200, readAt: { part: 'b.csv', row: 9 } },
  ]);
  expect(counted).toHaveLength(1);
  expect(errors.map(({ file, line }) => [file, line])).toEqual([['b.csv', 9]]);
  expect(errors[0]?.reason).toContain('with other content');
});

// Automattic/woocommerce-payments#8588: money moves in a payout without a row of its own.
test('a check shows payouts, and one that differs from its rows is not clean', async () => {
  const settled = { 'Merchant Reference': 'S1-1', Type: 'Settled', 'Gross Credit (GC)': '80.00' };
  const paidOut = { Type: 'MerchantPayout', 'Gross Currency': '', 'Net Debit (NC)': '60.28' };
  const text = adyenReport([
    { ...settled, 'Psp Reference': 'P', 'Net Credit (NC)': '77.55', 'Commission (NC)': '2.45' },
    paidOut,
  ]);
  const { lines, isClean } = await checkSettlementFile('a.csv', chunksOf(Buffer.from(text)), undefined, 5);
  expect(isClean).toBe(false);
  expect(lines.join('\n')).toContain('ChainPOS/42: paid out 60.28 EUR, its rows add up to 77.55');
});
