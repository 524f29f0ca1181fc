import { cutTransactions, MAX_TRANSACTIONS } from '../../shared/pos/sources/poslog/cut.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

/** Characters that regular expressions and `indexOf` look at, as a measure of work that depends on no clock. */
function workOf(task: () => void): number {
  let work = 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the expression it belongs to.
  const { exec } = RegExp.prototype;
  const counting = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (
    this: RegExp,
    text: string,
  ) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    work += (match ? match.index + match[0].length : text.length) - from;
    return match;
  });
  const indexOf = jest.spyOn(String.prototype, 'indexOf');
  try {
    task();
    for (const [index, [, from = 0]] of indexOf.mock.calls.entries()) {
      const found = indexOf.mock.results[index]?.value as number;
      const { length } = String(indexOf.mock.contexts[index]);
      work += (found < 0 ? length : found) - from;
    }
  } finally {
    counting.mockRestore();
    indexOf.mockRestore();
  }
  return work;
}

const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'key of the tests', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

test.each([
  ['starts without end', '<Transaction>'],
  ['starts and ends', '<Transaction></Transaction>'],
  ['ends without start', '</Transaction>'],
  ['ends without a bracket', '<Transaction></Transaction '],
  ['prefixes', '<a:Transaction>'],
  ['almost tags', '<aaaa'],
])('cutting reads each character a bounded number of times: %s', (_, piece) => {
  const small = piece.repeat(2_000);
  const large = piece.repeat(8_000);
  const works = [small, large].map((text) => workOf(() => void cutTransactions(text)));
  const [ofSmall = 0, ofLarge = 0] = works;
  expect(ofLarge).toBeLessThanOrEqual(4.1 * ofSmall);
  expect(ofLarge).toBeLessThanOrEqual(3 * large.length);
});

test.each([
  ['broken', '<Transaction><broken'],
  ['whole', '<Transaction></Transaction>'],
])(
  'more than 2,000 %s transactions are one refusal and one dead letter, with a clear reason',
  async (_, piece) => {
    const till = webhookFixture();
    const answer = await till.post(`<POSLog>${piece.repeat(MAX_TRANSACTIONS + 1)}</POSLog>`, {
      source: 'poslog',
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'too-many-events',
      title: 'A body holds at most 2000 transactions',
    });
    expect(till.letters).toHaveLength(1);
  },
);

test('2,000 broken ones are each a dead letter', () => {
  const { received, rejected } = posLogSource.read(
    Buffer.from(`<POSLog>${'<Transaction><broken'.repeat(MAX_TRANSACTIONS)}`),
    context,
  );
  expect(received).toBe(MAX_TRANSACTIONS);
  expect(rejected).toHaveLength(MAX_TRANSACTIONS);
});

test.each([
  ['line items', '<LineItem/>', 'too-many-lines'],
  ['elements', '<a><b/></a>', 'bad-xml'],
])('a transaction with too many %s costs itself alone', (_, piece, code) => {
  const transaction = (sequence: number, content: string) =>
    `<Transaction><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>${sequence}</SequenceNumber>
     <EndDateTime>2026-03-02T13:15:25</EndDateTime><CurrencyCode>EUR</CurrencyCode><RetailTransaction>${content}</RetailTransaction></Transaction>`;
  const body = `<POSLog>${transaction(1, '')}${transaction(2, piece.repeat(60_000))}${transaction(3, '')}</POSLog>`;
  const { events, rejected } = posLogSource.read(Buffer.from(body), context);
  expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 3]);
  expect(rejected).toMatchObject([{ index: 1, code }]);
});
