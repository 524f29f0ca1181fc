import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { postingsOfDrawer, postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { VENDOR_NOT_FOUND, type ReadResult, type WebhookSource } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { PROFILE } from './ledger-fixtures.ts';
import { CATALOG, NOW_MS } from './webhook-fixture.ts';

/** `<case>.in.json` in the folder of a source: what the vendor sends, or what its API answers. */
interface GoldenInput {
  /** What the case is about, for who reads the file. */
  readonly note: string;
  /** Changes to the store, such as its currency. */
  readonly store?: Readonly<Record<string, unknown>>;
  /** A body as it is sent: JSON, or a form of fields. */
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, unknown>>;
  /** A question that a notice led to, and the answers of the vendor's API by their path. */
  readonly ask?: {
    readonly object: string;
    readonly id: string;
    readonly version?: number;
    readonly sender?: string;
  };
  readonly answers?: Readonly<Record<string, unknown>>;
}

const about = {
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-04T18:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

/** What is the same in all of them says nothing. */
const SAME_IN_ALL = ['schemaVersion', 'source', 'receivedAt', 'traceparent'];

const postingsOf = (event: PosEvent) => {
  if (event.kind === 'drawer') return postingsOfDrawer(event, PROFILE);
  return event.kind === 'transaction' && isInForce(event)
    ? postingsOfTransaction(event, PROFILE).postings
    : [];
};

/**
 * Golden files: what a vendor sends, the canonical events that it becomes, and what the books should hold of them. After an
 * intended change, `UPDATE_GOLDEN=1` rewrites them; then review the diff.
 */
export function describeGolden(source: WebhookSource): void {
  const folder = resolve(__dirname, '../fixtures/golden', source.source);
  const ending = '.in.json';
  const cases = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));
  test.each(cases)(`${source.source}, %s: payload, canonical events and balanced postings`, async (name) => {
    const input = JSON.parse(readFileSync(join(folder, `${name}${ending}`), 'utf8')) as GoldenInput;
    const result = await read(source, input);
    const golden = {
      events: result.events.map((event) => ({
        ...Object.fromEntries(Object.entries(event).filter(([key]) => !SAME_IN_ALL.includes(key))),
        postings: postingsOf(event),
      })),
      ignored: result.ignored.map(({ reason }) => reason),
      hydrate: result.hydrate.map(({ object, id, version }) => ({ object, id, version })),
      rejected: result.rejected.map(({ code, where, message }) => ({ code, where, message })),
      warnings: result.warnings.map(({ code }) => code),
    };
    for (const event of result.events) {
      if (event.quality?.includes('totals-unbalanced') === true) continue;
      expect(imbalanceOf([...postingsOf(event)])).toBe(0);
    }
    const path = join(folder, `${name}.json`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, `${JSON.stringify(golden, null, 2)}\n`);
    expect(existsSync(path)).toBe(true);
    expect(JSON.parse(JSON.stringify(golden))).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  });
}

type Outcome = Pick<ReadResult, 'events' | 'ignored' | 'hydrate' | 'warnings'> & {
  rejected: { code: string; where: string; message: string }[];
};

async function read(source: WebhookSource, input: GoldenInput): Promise<Outcome> {
  const [store] = CATALOG.stores.values();
  const catalog = indexCatalog(
    [storeSchema.parse({ ...store, ...input.store })],
    [...CATALOG.products.values()],
  );
  const context = { ...about, catalog };
  const { ask, answers = {} } = input;
  if (ask === undefined) {
    const body = input.form === undefined ? JSON.stringify(input.body) : formOf(input.form);
    return source.read(Buffer.from(body), context);
  }
  const answer = (path: string): Promise<unknown> =>
    path in answers
      ? Promise.resolve(answers[path])
      : Promise.reject(new TransientError(VENDOR_NOT_FOUND, `The golden file has no answer to ${path}`));
  if (source.hydration === undefined) throw new Error(`${source.source} asks nobody`);
  try {
    return await source.hydration.hydrate(
      {
        source: source.source,
        version: 0,
        ...ask,
        receivedAt: about.receivedAt,
        traceparent: about.traceparent,
      },
      { get: answer, post: answer },
      { ...context, nowMs: NOW_MS },
    );
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    const { code, where = '', message } = thrown;
    return { events: [], ignored: [], hydrate: [], warnings: [], rejected: [{ code, where, message }] };
  }
}

function formOf(fields: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return form.toString();
}
