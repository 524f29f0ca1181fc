/** `alert-limits.json`: which entry holds for whom, and what becomes of a file that is at fault. */
import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';
import fc from 'fast-check';
import { z } from 'zod';
import { alertLimitsFileSchema } from '../../shared/alert-rules/files.ts';
import type { AlertRule } from '../../shared/alerts/alert-rule.ts';
import { limitsFileSchema, limitsOf, type Limits, type LimitsFile } from '../../shared/alerts/limits.ts';
import { alertLimitsFile } from '../../shared/azure/alert-limits-file.ts';
import { storeId } from '../../shared/ids.ts';
import { cashOverShort } from '../../shared/tills/rules/cash-over-short.ts';
import { noSaleOpenings } from '../../shared/tills/rules/no-sale-openings.ts';
import { refundWithoutReceipt } from '../../shared/tills/rules/refund-without-receipt.ts';

const subject = (
  store: string,
  tillId?: string,
  operatorId?: string,
): { storeId: string; tillId?: string | undefined; operatorId?: string | undefined } => ({
  storeId: store,
  tillId,
  operatorId,
});

describe('precedence', () => {
  const perShift = (limits: Limits, of: ReturnType<typeof subject>): number =>
    limits.of(noSaleOpenings, of).perShift;
  const entry = (value: number, more: object = {}) => ({
    rule: 'no-sale-openings',
    parameters: { perShift: value },
    ...more,
  });
  const roles = [{ role: 'trainee', operators: ['O7'], tills: ['T9'] }] as unknown as LimitsFile['roles'];
  const chain = entry(1);
  const store = entry(2, { stores: ['S1'] });
  const role = entry(3, { role: 'trainee' });
  const roleInStore = entry(4, { role: 'trainee', stores: ['S1'] });

  test.each([
    ['the default', [], subject('S1', 'T9'), 5],
    ['the chain', [chain], subject('S2', 'T1'), 1],
    ['a store over the chain', [chain, store], subject('S1', 'T1'), 2],
    ['the chain in another store', [chain, store], subject('S2', 'T1'), 1],
    ['a role over the store', [chain, store, role], subject('S1', 'T9'), 3],
    ['a role in a store over the role', [chain, store, role, roleInStore], subject('S1', 'T9'), 4],
    ['the role in another store', [chain, store, role, roleInStore], subject('S2', 'T9'), 3],
    ['the role of an operator, at any till', [chain, role], subject('S2', 'T1', 'O7'), 3],
    ['nobody without the role', [role], subject('S1', 'T1', 'O1'), 5],
  ])('%s holds, in whatever order the file has them', (_what, limits, of, expected) => {
    expect(perShift(limitsOf({ roles, limits }), of)).toBe(expected);
    expect(perShift(limitsOf({ roles, limits: [...limits].reverse() }), of)).toBe(expected);
  });

  test('of two alike the later one holds', () => {
    expect(perShift(limitsOf({ limits: [entry(8), entry(6)] }), subject('S1'))).toBe(6);
  });

  test('a role of one store is none in another', () => {
    const inS1 = [{ role: 'trainee', tills: ['T9'], stores: ['S1'] }] as unknown as LimitsFile['roles'];
    const limits = limitsOf({ roles: inS1, limits: [role] });
    expect([perShift(limits, subject('S1', 'T9')), perShift(limits, subject('S2', 'T9'))]).toEqual([3, 5]);
  });

  test('an entry overrules what it names, and leaves the rest; maps are merged key by key', () => {
    const limits = limitsOf({
      limits: [
        { rule: 'cash-over-short', parameters: { criticalFactor: 9 } },
        {
          rule: 'cash-over-short',
          stores: ['S1'],
          parameters: { differenceMinorByCurrency: { EUR: 100, JPY: 1 } },
        },
      ],
    });
    const defaults = limitsOf({ limits: [] }).of(cashOverShort, subject('S1'));
    expect(limits.of(cashOverShort, subject('S1'))).toEqual({
      ...defaults,
      criticalFactor: 9,
      differenceMinorByCurrency: { ...defaults.differenceMinorByCurrency, EUR: 100, JPY: 1 },
    });
    expect(limits.of(cashOverShort, subject('S2'))).toEqual({ ...defaults, criticalFactor: 9 });
  });

  const ids = (prefix: string) => fc.constantFrom(...[1, 2, 3].map((number) => `${prefix}${number}`));
  const some = (prefix: string) =>
    fc.option(fc.uniqueArray(ids(prefix), { minLength: 1 }), { nil: undefined });
  const A = { kind: 'a', parameters: z.strictObject({ x: z.int().default(-1), y: z.int().default(-2) }) };
  const rule = A as unknown as AlertRule<string, { x: number; y: number }>;

  test('whatever a file has, each parameter is the last of the most particular entries that hold for the subject', () => {
    const file = fc.record({
      roles: fc.array(
        fc.record({ role: ids('r'), operators: some('O'), tills: some('T'), stores: some('S') }),
        { maxLength: 4 },
      ),
      limits: fc.array(
        fc.record({
          rule: fc.constantFrom('a', 'b'),
          stores: some('S'),
          role: fc.option(ids('r'), { nil: undefined }),
          parameters: fc.record({ x: fc.nat(99), y: fc.nat(99) }, { requiredKeys: [] }),
        }),
        { maxLength: 8 },
      ),
    });
    fc.assert(
      fc.property(file, fc.array(fc.tuple(ids('S'), ids('T'), ids('O'))), (content, subjects) => {
        const limits = limitsOf(content as unknown as LimitsFile);
        for (const [shop, till, operator] of subjects) {
          const has = new Set(
            content.roles
              .filter(({ stores }) => stores === undefined || stores.includes(shop))
              .filter(({ tills, operators }) => tills?.includes(till) ?? operators?.includes(operator))
              .map((one) => one.role),
          );
          for (const one of content.roles)
            if (one.operators?.includes(operator) && (one.stores?.includes(shop) ?? true)) has.add(one.role);
          const expected: Record<string, number> = { x: -1, y: -2 };
          // From the general to the particular.
          for (const [withRole, withStore] of [
            [false, false],
            [false, true],
            [true, false],
            [true, true],
          ])
            for (const { rule: of, stores, role: wanted, parameters } of content.limits)
              if (
                of === 'a' &&
                (wanted !== undefined) === withRole &&
                (stores !== undefined) === withStore &&
                (stores?.includes(shop) ?? true) &&
                (wanted === undefined || has.has(wanted))
              )
                Object.assign(expected, JSON.parse(JSON.stringify(parameters)));
          expect(limits.of(rule, { storeId: shop, tillId: till, operatorId: operator })).toEqual(expected);
        }
      }),
    );
  });
});

describe('loading', () => {
  /** The file in a container whose content a test changes; undefined is absent, an error is a storage that is away. */
  function loaded(first: unknown) {
    const errors: string[] = [];
    let content = first;
    let etag = 0;
    let nowMs = 0;
    const container = {
      getBlockBlobClient: () => ({
        download: () => {
          if (content instanceof Error) return Promise.reject(content);
          if (content === undefined)
            return Promise.reject(Object.assign(new Error('absent'), { statusCode: 404 }));
          const text = typeof content === 'string' ? content : JSON.stringify(content);
          return Promise.resolve({
            readableStreamBody: Readable.from([Buffer.from(text)]),
            etag: String((etag += 1)),
          });
        },
      }),
    } as unknown as ContainerClient;
    const file = alertLimitsFile({
      container,
      refreshMs: 1_000,
      clock: () => nowMs,
      log: {
        info: () => {},
        warn: () => {},
        error: (message, fields, thrown) =>
          void errors.push(`${message} ${JSON.stringify(fields)} ${String(thrown)}`),
      },
    });
    return {
      errors,
      put: (next: unknown) => {
        content = next;
        nowMs += 1_000;
      },
      async limits() {
        const limits = await file.get();
        const S1 = { storeId: storeId('S1') };
        return [limits.of(noSaleOpenings, S1).perShift, limits.of(refundWithoutReceipt, S1).perShift];
      },
    };
  }
  const of = (rule: string, parameters: object, more: object = {}) => ({ rule, parameters, ...more });
  const good = { limits: [of('no-sale-openings', { perShift: 1 })] };
  const DEFAULTS = [5, limitsOf({ limits: [] }).of(refundWithoutReceipt, subject('S1')).perShift];

  test('without a file the defaults hold, and a file that comes later is taken, and so is its end', async () => {
    const file = loaded(undefined);
    expect(await file.limits()).toEqual(DEFAULTS);
    file.put(good);
    expect(await file.limits()).toEqual([1, DEFAULTS[1]]);
    file.put(undefined);
    expect(await file.limits()).toEqual(DEFAULTS);
    expect(file.errors).toEqual([]);
  });

  test.each([
    ['an unknown rule', of('no-sale-openigs', { perShift: 1 }), '/limits/0/rule'],
    ['an unknown parameter', of('no-sale-openings', { perShft: 1 }), '/limits/0/parameters'],
    ['a value below its bound', of('no-sale-openings', { perShift: -1 }), '/limits/0/parameters/perShift'],
    ['a fraction', of('no-sale-openings', { perShift: 1.5 }), '/limits/0/parameters/perShift'],
    ['a text for a number', of('no-sale-openings', { perShift: '1' }), '/limits/0/parameters/perShift'],
    ['a role that no one has', of('no-sale-openings', { perShift: 1 }, { role: 'boss' }), '/limits/0/role'],
    ['no stores at all', of('no-sale-openings', { perShift: 1 }, { stores: [] }), '/limits/0/stores'],
    [
      'a currency that is none',
      of('cash-over-short', { differenceMinorByCurrency: { EURO: 1 } }),
      '/limits/0/parameters/differenceMinorByCurrency/EURO',
    ],
  ])(
    'P9 no record stops the rest: %s costs its own entry, and the log says where',
    async (_what, bad, where) => {
      const file = loaded({ limits: [bad, of('refund-without-receipt', { perShift: 42 })] });
      expect(await file.limits()).toEqual([5, 42]);
      expect(file.errors).toHaveLength(1);
      expect(file.errors[0]).toContain(`${where}: `);
      expect(file.errors[0]).toContain('"file":"alert-limits.json"');
    },
  );

  test('a bad role costs itself and what refers to it', async () => {
    const file = loaded({
      roles: [{ role: 'Boss', tills: ['T1'] }],
      limits: [
        of('no-sale-openings', { perShift: 1 }, { role: 'Boss' }),
        of('refund-without-receipt', { perShift: 42 }),
      ],
    });
    expect(await file.limits()).toEqual([5, 42]);
    expect(file.errors.join()).toContain('/roles/0/role');
  });

  test.each([
    ['that is not JSON', '{"limits":['],
    ['whose list is none', { limits: {} }],
    ['with a field of another name', { limit: [] }],
    ['that is null', 'null'],
    ['that storage does not give', Object.assign(new Error('busy'), { statusCode: 503 })],
  ])('a version %s is refused with a log, and the last good one holds until the next', async (_what, bad) => {
    const file = loaded(good);
    await file.limits();
    file.put(bad);
    expect(await file.limits()).toEqual([1, DEFAULTS[1]]);
    expect(file.errors).toHaveLength(1);
    expect(file.errors[0]).toContain('keeps its last valid version');
    file.put({ limits: [of('no-sale-openings', { perShift: 7 })] });
    expect(await file.limits()).toEqual([7, DEFAULTS[1]]);
  });

  test('a first version that is at fault as a whole is an error that names the file', async () => {
    await expect(loaded('{').limits()).rejects.toMatchObject({
      code: 'master-data',
      message: 'master-data/alert-limits.json is not JSON',
    });
  });
});

test('a rule without parameters has no limits to set, and one whose parameter has no default is refused at the start', () => {
  expect(
    alertLimitsFileSchema.safeParse({ limits: [{ rule: 'shift-unclear', parameters: {} }] }).success,
  ).toBe(false);
  const careless = { kind: 'careless', parameters: z.strictObject({ most: z.int() }) };
  expect(() => limitsFileSchema([careless as unknown as AlertRule])).toThrow('careless: most has no default');
});
