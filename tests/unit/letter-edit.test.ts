import { editedLetter } from '../../shared/pos/letter-edit.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { transactionOf, atHour } from '../support/stream-events.ts';

const event = transactionOf(atHour(9));
const letterOf = (more: Partial<DeadLetter> = {}): DeadLetter => ({
  deadLetterId: 'x',
  stage: 'stock',
  code: 'fold',
  message: 'for the test',
  diedAt: '2026-03-02T12:00:00.000Z',
  replay: { to: 'hub' },
  payload: JSON.stringify(event),
  ...more,
});
const edited = (more: object): string => JSON.stringify({ ...event, ...more });

test('an edit changes the payload alone, and says where and what', () => {
  const { letter, diff } = editedLetter(letterOf(), edited({ tillId: 'T9' }));
  expect(letter).toEqual({ ...letterOf(), payload: edited({ tillId: 'T9' }) });
  expect(diff).toBe(`/tillId: ${JSON.stringify(event.tillId)} -> "T9"`);
});

test.each<[string, Partial<DeadLetter>, string, RegExp]>([
  ['another event', {}, edited({ eventId: 'tillstream:other' }), /keeps the eventId/],
  ['no event', {}, edited({ storeId: 7 }), /no event/],
  ['no JSON', {}, 'sold two lemons', /no event/],
  ['a card number', {}, edited({ receiptNumber: '4111 1111 1111 1111' }), /card number/],
  ['an address', {}, edited({ receiptNumber: 'erika@example.org' }), /card number or names a person/],
  ['a decision', {}, edited({ decision: 'count' }), /decided by replaying/],
  ['nothing', {}, edited({}), /Nothing is changed/],
  ['a letter for the record', { replay: { to: 'nowhere' } }, edited({ tillId: 'T9' }), /for the record/],
  ['an alert', { replay: { to: 'queue', queue: 'alerts' } }, '{}', /not edited/],
])('refused: %s', (_what, more, payload, reason) => {
  expect(() => editedLetter(letterOf(more), payload)).toThrow(reason);
});

test('a body that is no JSON is compared by its lines', () => {
  const letter = letterOf({
    payload: '<a>\n<b/>\n</a>',
    replay: { to: 'webhook', source: 'poslog', headers: {} },
  });
  expect(editedLetter(letter, '<a>\n<c/>\n</a>').diff).toBe('line 2: <b/> -> <c/>');
});
