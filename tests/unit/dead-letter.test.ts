import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { letterOfEvent } from '../../functions/stream/read-batch.ts';
import { PermanentError } from '../../shared/errors.ts';
import {
  deadLetterSchema,
  DECISION_CODES,
  letterIdByContent,
  letterIdByPlace,
  makeDeadLetter,
  needsDecision,
} from '../../shared/pos/dead-letter.ts';
import { letterInDoubt } from '../../shared/reports/letters-in-doubt.ts';
import { lettersSection } from '../../shared/reports/letters-section.ts';
import { atHour, drawerOf } from '../support/stream-events.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const optional = fc.option(fc.string({ minLength: 1 }), { nil: undefined });

test('a letter has what is known, and nothing for what is not, and reads back as it was written', () => {
  const parts = fc.record({
    deadLetterId: fc.string({ minLength: 1 }),
    stage: fc.constantFrom('receive', 'land'),
    fault: fc.record({ code: fc.string({ minLength: 1 }), message: fc.string(), where: optional }),
    about: fc.record({ source: optional, storeId: optional, eventId: optional, traceparent: optional }),
    diedAt: fc.constant('2026-03-02T09:00:00.000Z'),
    replay: fc.constantFrom({ to: 'hub' } as const, { to: 'nowhere' } as const),
    payload: fc.string({ unit: 'binary' }),
  });
  fc.assert(
    fc.property(parts, (given) => {
      const letter = makeDeadLetter(given);
      expect(deadLetterSchema.parse(JSON.parse(JSON.stringify(letter)))).toStrictEqual(letter);
      expect(letter).toMatchObject({ code: given.fault.code, ...JSON.parse(JSON.stringify(given.about)) });
    }),
  );
});

test('ids are those that the version before wrote, so a retry after a deployment writes no second letter', () => {
  expect(letterIdByContent('square', 'square', 'schema', Buffer.from('{"é":1}'))).toBe(
    `square-${sha256('square\nschema\n{"é":1}').slice(0, 32)}`,
  );
  expect(letterIdByPlace(['0', 'g', 7], '{}')).toBe(`0-g-7-${sha256('{}').slice(0, 16)}`);
});

test('an event in doubt has one letter however often it is delivered; one that failed has one for each place', () => {
  const event = drawerOf(atHour(1), 'paidIn', 100);
  const idAt = (code: string, hubSequenceNumber: number) =>
    letterOfEvent('tills', { event, hubPartition: '0', hubSequenceNumber }, new PermanentError(code, ''), 0)
      .deadLetterId;
  expect(idAt('conflict', 1)).toBe(idAt('conflict', 2));
  expect(idAt('conflict', 1)).not.toBe(idAt('too-old', 1));
  expect(idAt('fold', 1)).not.toBe(idAt('fold', 2));
});

test.each([...DECISION_CODES])('finance reads what to decide about %s', (code) => {
  expect(needsDecision(code)).toBe(true);
  const letter = makeDeadLetter({
    deadLetterId: 'x',
    stage: 'stock',
    fault: { code, message: 'the message' },
    diedAt: '2026-03-02T09:00:00.000Z',
    replay: { to: 'hub' },
    payload: '{}',
  });
  const page = lettersSection([letterInDoubt('stock/x.json', letter)]).html;
  expect(page).toMatch(/leave/);
  expect(page).not.toContain('Have IT repair the cause');
});
