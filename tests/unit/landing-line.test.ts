import { landedLine, mayBeOfDate, parseRawLine } from '../../shared/pos/landing-line.ts';
import { DATE, sale } from '../support/ledger-fixtures.ts';

const event = sale('1', 100);
const landed = (body: string | Buffer) =>
  landedLine('3', { sequenceNumber: 7, enqueuedAt: '2026-03-02T10:00:00.000Z', body: Buffer.from(body) });

test('an event is spliced in byte for byte', () => {
  const body = JSON.stringify(event);
  expect(landed(body).line.toString('utf8')).toBe(
    `{"hubPartition":"3","hubSequenceNumber":7,"enqueuedAt":"2026-03-02T10:00:00.000Z","event":${body}}\n`,
  );
});

test('an event of another writer, with spaces or line breaks, is found by its date all the same', () => {
  const spaced = JSON.stringify(event).replaceAll('":', '": ');
  for (const body of [spaced, JSON.stringify(event, undefined, 2)]) {
    const line = landed(body).line.toString('utf8').trimEnd();
    expect(line).not.toContain('\n');
    expect(mayBeOfDate(line, DATE)).toBe(true);
    expect(parseRawLine(line).event).toEqual(event);
  }
});

test('P6 no card data, no names: an unreadable body is landed and buried without card numbers', () => {
  const line = landed('no json, but 4111111111111111');
  expect(line).toMatchObject({ readable: false, code: 'bad-json' });
  expect(line.line.toString('utf8')).not.toContain('4111111111111111');
  expect(JSON.stringify(line)).not.toContain('4111111111111111');
});
