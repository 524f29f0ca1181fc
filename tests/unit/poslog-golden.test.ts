import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { postingsOfDrawer, postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { CATALOG } from '../support/webhook-fixture.ts';

/**
 * Golden files: a minimal POSLog of each case, the canonical events that it becomes, and what the books should hold of them. After
 * an intended change, `UPDATE_GOLDEN=1` rewrites them; then review the diff.
 */
const folder = resolve(__dirname, '../fixtures/poslog');
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.xml'))
  .map((name) => name.slice(0, -'.xml'.length));
const context = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-02T18:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

/** What is the same in all of them says nothing. */
const SAME_IN_ALL = [
  'schemaVersion',
  'source',
  'receivedAt',
  'traceparent',
  'offline',
  'training',
  'version',
];

function postingsOf(event: PosEvent) {
  if (event.kind === 'drawer') return postingsOfDrawer(event, PROFILE);
  return event.kind === 'transaction' && isInForce(event)
    ? postingsOfTransaction(event, PROFILE).postings
    : [];
}

test.each(cases)('%s: payload, canonical events and balanced postings', (name) => {
  const { events, rejected, ignored } = posLogSource.read(readFileSync(join(folder, `${name}.xml`)), context);
  expect(rejected).toEqual([]);
  const golden = {
    events: events.map((event) => {
      const postings = postingsOf(event);
      const said = Object.entries(event).filter(([key]) => !SAME_IN_ALL.includes(key));
      return { ...Object.fromEntries(said), postings };
    }),
    ignored,
  };
  for (const event of events) {
    if (event.quality?.includes('totals-unbalanced') === true) continue;
    expect(imbalanceOf([...postingsOf(event)])).toBe(0);
  }
  const path = join(folder, `${name}.json`);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, `${JSON.stringify(golden, null, 2)}\n`);
  expect(existsSync(path)).toBe(true);
  expect(JSON.parse(JSON.stringify(golden))).toEqual(JSON.parse(readFileSync(path, 'utf8')));
});
