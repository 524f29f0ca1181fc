import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedData } from '../support/shared-data.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

interface Answer {
  accepted: number;
  warnings: { code: string; count: number; id: string; ids?: string[] }[];
}

/** The fixture's clock says 12:00 on 2 March 2026. */
test.each([
  ['2026-03-02T12:59:30+01:00', undefined],
  ['2026-03-03T11:59:00Z', undefined],
  ['2026-03-03T12:01:00Z', 'clock-ahead'],
  ['2036-03-11T12:00:00Z', 'clock-ahead'],
  ['2023-03-04T12:00:00Z', undefined],
  ['2023-03-01T12:00:00Z', 'clock-behind'],
  ['1999-12-31T23:59:59Z', 'clock-behind'],
])('a sale at %s is accepted with the warning %s', async (occurredAt, code) => {
  const answer = await webhookFixture().post(JSON.stringify(wireSale({ occurredAt })));
  const { accepted, warnings } = JSON.parse(answer.body) as Answer;
  expect(accepted).toBe(1);
  expect(warnings.map((warning) => warning.code).filter((found) => found.startsWith('clock'))).toEqual(
    code === undefined ? [] : [code],
  );
});

const field = sharedData('field');
const withField = field === undefined ? test.skip : test;
const read = (name: string): string => readFileSync(join(field ?? '', name), 'utf8');

withField('C28: o-clock.json is accepted, and the answer says that the clocks are years off', async () => {
  const answer = await webhookFixture().post(read('o-clock.json'));
  expect(JSON.parse(answer.body)).toMatchObject({
    accepted: 3,
    warnings: expect.arrayContaining([
      { id: 'clk1', code: 'clock-ahead', count: 1 },
      { id: 'clk2', code: 'clock-behind', count: 2, ids: ['clk2', 'clk3'] },
    ]) as unknown,
  });
});

withField.each([
  ['C15: o-id-reuse.json', 'o-id-reuse.json', 'id-conflict', 'reuse-1'],
  ['C24: o-reference-reused.json', 'o-reference-reused.json', 'transaction-id-conflict', 'uuid-4'],
])(
  '%s: both sales are kept, and the answer says that they contradict each other',
  async (_, name, code, id) => {
    const till = webhookFixture();
    const answer = await till.post(read(name));
    const { accepted, warnings } = JSON.parse(answer.body) as Answer;
    expect(accepted).toBe(2);
    expect(till.hub).toHaveLength(2);
    expect(JSON.parse(answer.body)).not.toHaveProperty('duplicates');
    // Money first: it stands before what master data lacks.
    expect(warnings[0]).toEqual({ id, code, count: 1 });
  },
);

test('the very same event twice in a body is one event and a duplicate', async () => {
  const till = webhookFixture();
  const answer = await till.post(JSON.stringify({ events: [wireSale(), wireSale()] }));
  expect(JSON.parse(answer.body)).toEqual({ accepted: 1, duplicates: 1, rejected: [], warnings: [] });
});

test('150 unknown products hide no under-payment, and every warning is counted', async () => {
  const [line] = wireSale()['lines'] as [Record<string, unknown>];
  const sales = Array.from({ length: 150 }, (_, index) =>
    wireSale({
      id: `s${index}`,
      transactionId: `s${index}`,
      lines: [{ ...line, productCode: `no-${index}` }],
    }),
  );
  const short = wireSale({
    id: 'short',
    transactionId: 'short',
    tenders: [{ type: 'cash', amountMinor: 100 }],
  });
  const answer = await webhookFixture().post(JSON.stringify({ events: [...sales, short] }));
  expect((JSON.parse(answer.body) as Answer).warnings).toEqual([
    { id: 'short', code: 'under-payment', count: 1 },
    { id: 's0', code: 'unknown-product', count: 150, ids: sales.slice(0, 10).map(({ id }) => id) },
  ]);
});

test('150 rejections are listed in part, and the rest is counted', async () => {
  const sales = Array.from({ length: 150 }, (_, index) => wireSale({ id: `s${index}`, currency: 'EURO' }));
  const till = webhookFixture();
  const answer = await till.post(JSON.stringify({ events: [...sales, wireSale()] }));
  const parsed = JSON.parse(answer.body) as { rejected: unknown[] };
  expect(parsed.rejected).toHaveLength(100);
  expect(parsed).toMatchObject({ accepted: 1, moreRejected: 50 });
  expect(till.letters).toHaveLength(150);
});
