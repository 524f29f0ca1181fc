import { MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { currencySchema } from '../../shared/money.ts';
import { normalCode } from '../../shared/pos/master-data.ts';
import type { MasterData } from './files.ts';
import { pointerOf, shortJson, type Finding } from './finding.ts';

/** Checks across files. Missing or invalid files are skipped. */
export function crossCheck(data: MasterData): Finding[] {
  return [
    ...productFindings(data),
    ...routeFindings(data),
    ...limitFindings(data),
    ...storeFindings(data),
    ...profileFindings(data),
  ];
}

/** Reports every value that also occurs at an earlier place. */
function repeats(all: Iterable<{ key: string; path: readonly PropertyKey[]; owner: number | string }>) {
  const first = new Map<string, { path: readonly PropertyKey[]; owner: number | string }>();
  const found: { path: readonly PropertyKey[]; earlier: readonly PropertyKey[] }[] = [];
  for (const { key, path, owner } of all) {
    const earlier = first.get(key);
    if (!earlier) first.set(key, { path, owner });
    else if (earlier.owner !== owner) found.push({ path, earlier: earlier.path });
  }
  return found;
}

function productFindings({ products, stores }: MasterData): Finding[] {
  if (!products) return [];
  const file = MASTER_DATA_FILES.products;
  const all = products.products;
  const ids = repeats(
    all.map((product, index) => ({
      key: product.productId,
      path: ['products', index, 'productId'],
      owner: index,
    })),
  );
  const codes = repeats(
    all.flatMap((product, index) =>
      product.codes.map((code, at) => ({
        key: normalCode(code),
        path: ['products', index, 'codes', at],
        owner: index,
      })),
    ),
  );
  const valueAt = (path: readonly PropertyKey[]): string | undefined => {
    const product = all[Number(path[1])];
    return shortJson(path[2] === 'codes' ? product?.codes[Number(path[3])] : product?.productId);
  };
  const findings: Finding[] = [...ids, ...codes].map(({ path, earlier }) => ({
    severity: 'error',
    file,
    path: pointerOf(path),
    value: valueAt(path),
    message: `is at ${pointerOf(earlier)} too (GTINs are compared without leading zeros), and only the first would be found`,
    fix: 'keep it with the product that it belongs to',
  }));
  const sold = new Set((stores?.stores ?? []).map((store) => store.currency));
  for (const [index, product] of all.entries()) {
    const priced = new Set(Object.keys(product.priceMinor));
    for (const code of priced)
      if (!currencySchema.safeParse(code).success)
        findings.push({
          severity: 'error',
          file,
          path: pointerOf(['products', index, 'priceMinor', code]),
          message: 'is not an ISO 4217 currency code',
          fix: 'use a code such as EUR',
        });
    const lacking = [...sold].filter((code) => !priced.has(code));
    if (lacking.length > 0)
      findings.push({
        severity: 'warning',
        file,
        path: pointerOf(['products', index, 'priceMinor']),
        value: shortJson(product.priceMinor),
        message: `has no central price in ${lacking.join(', ')}, the currency of some stores`,
        fix: 'add the price, unless those stores do not sell the product',
      });
  }
  return findings;
}

function routeFindings({ alertRoutes, stores }: MasterData): Finding[] {
  if (!alertRoutes || !stores) return [];
  const known = new Set<string>(stores.stores.map((store) => store.storeId));
  const findings = alertRoutes.routes.flatMap((route, index) =>
    (route.stores ?? []).flatMap((store, at): Finding[] =>
      known.has(store)
        ? []
        : [
            {
              severity: 'error',
              file: MASTER_DATA_FILES.alertRoutes,
              path: pointerOf(['routes', index, 'stores', at]),
              value: shortJson(store),
              message: `is not a store in ${MASTER_DATA_FILES.stores}, so no alert would take this route`,
              fix: 'correct the store id, or add the store',
            },
          ],
    ),
  );
  const reached = alertRoutes.routes.some(
    (route) =>
      !route.stores &&
      !route.kinds &&
      !route.hours &&
      route.onlyEscalated !== true &&
      (route.minSeverity ?? 'info') !== 'critical',
  );
  if (!reached)
    findings.push({
      severity: 'warning',
      file: MASTER_DATA_FILES.alertRoutes,
      path: '/routes',
      message:
        'have no route that takes warnings of every kind from every store at every hour, so some alerts would reach nobody',
      fix: 'add a route without kinds, stores and hours, unless this is intended',
    });
  return findings;
}

function limitFindings({ alertLimits, stores }: MasterData): Finding[] {
  if (!alertLimits || !stores) return [];
  const known = new Set<string>(stores.stores.map((store) => store.storeId));
  return (['roles', 'limits'] as const).flatMap((list) =>
    (alertLimits[list] ?? []).flatMap((entry, index) =>
      (entry.stores ?? []).flatMap((store, at): Finding[] =>
        known.has(store)
          ? []
          : [
              {
                severity: 'error',
                file: MASTER_DATA_FILES.alertLimits,
                path: pointerOf([list, index, 'stores', at]),
                value: shortJson(store),
                message: `is no store of ${MASTER_DATA_FILES.stores}, so the entry would hold nowhere`,
                fix: 'correct the store id, or add the store',
              },
            ],
      ),
    ),
  );
}

function storeFindings({ stores }: MasterData): Finding[] {
  const file = MASTER_DATA_FILES.stores;
  return (stores?.stores ?? []).flatMap((store, index): Finding[] => {
    const days = repeats(
      store.hours.map(({ weekday }, at) => ({
        key: String(weekday),
        path: ['stores', index, 'hours', at],
        owner: at,
      })),
    );
    const closing = store.hours.flatMap(({ opens, closes }, at): Finding[] =>
      opens < closes
        ? []
        : [
            {
              severity: 'warning',
              file,
              path: pointerOf(['stores', index, 'hours', at]),
              value: shortJson({ opens, closes }),
              message: 'closes before it opens',
              fix: 'write hours past midnight as 24:00 and a second entry on the next weekday',
            },
          ],
    );
    return [
      ...days.map(({ path, earlier }): Finding => ({
        severity: 'warning',
        file,
        path: pointerOf(path),
        message: `is the same weekday as ${pointerOf(earlier)}`,
        fix: 'check that the store opens twice that day',
      })),
      ...closing,
    ];
  });
}

/** If two kinds of amounts share an account, a difference cannot be attributed to one of them. */
function profileFindings({ postingProfile }: MasterData): Finding[] {
  if (!postingProfile) return [];
  const { revenue, tax, tender, byProduct, paidInByReason, paidOutByReason, ...single } =
    postingProfile.accounts;
  const grouped = { revenue, tax, tender, byProduct, paidInByReason, paidOutByReason };
  const kinds = [
    ...Object.entries(grouped).flatMap(([kind, accounts = {}]) =>
      Object.entries(accounts).map(([key, account]) => ({ kind, path: ['accounts', kind, key], account })),
    ),
    ...Object.entries(single).map(([kind, account]) => ({ kind, path: ['accounts', kind], account })),
  ];
  return repeats(
    kinds.flatMap(({ kind, path, account }) =>
      account === undefined ? [] : [{ key: account, path, owner: kind }],
    ),
  ).map(({ path, earlier }) => ({
    severity: 'warning',
    file: MASTER_DATA_FILES.postingProfile,
    path: pointerOf(path),
    value: shortJson(kinds.find((one) => one.path === path)?.account),
    message: `is the account of ${pointerOf(earlier)} too, so differences of the two cannot be separated`,
    fix: 'give it a separate account, unless the ledger posts both there',
  }));
}
