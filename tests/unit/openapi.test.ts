import { openApiAnswer } from '../../functions/webhooks/openapi.ts';
import { traceparentOf } from '../../shared/pos/traceparent.ts';

test('/openapi.json describes the format that is checked', () => {
  const { status, body } = openApiAnswer('https://till.example');
  expect(status).toBe(200);
  const document = JSON.parse(body) as {
    openapi: string;
    paths: Record<string, unknown>;
    components: {
      schemas: { Body: { anyOf: Array<{ oneOf?: Array<{ required: string[]; properties: object }> }> } };
    };
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual([
    '/webhooks/tillstream',
    '/webhooks/poslog',
    '/webhooks/square',
  ]);
  const transaction = document.components.schemas.Body.anyOf[0]?.oneOf?.[0];
  expect(transaction?.required).toEqual(
    expect.arrayContaining(['id', 'kind', 'storeId', 'tillId', 'lines', 'totals']),
  );
  expect(transaction?.required).not.toContain('offline');
  expect(Object.keys(transaction?.properties ?? {})).not.toContain('eventId');
  expect(body.length).toBeLessThan(200_000);
});

describe('traceparent', () => {
  const hex = (bytes: number) => 'ab'.repeat(bytes);
  const fresh = `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01`;
  const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test.each([
    ['a valid one goes on', given, given],
    ['a later version goes on as ours', `01-${given.slice(3)}-what`, given],
    ['none', undefined, fresh],
    ['a forbidden version', given.replace('00-4', 'ff-4'), fresh],
    ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, fresh],
    ['too much for its version', `${given}-what`, fresh],
    ['nonsense', 'hello', fresh],
  ])('%s', (_name, header, expected) => {
    expect(traceparentOf(header, hex)).toBe(expected);
  });
});
