import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkMasterData } from '../../infra/master-data/check.ts';
import { lineOf } from '../../infra/master-data/finding.ts';
import { SCHEMAS } from '../../infra/master-data/files.ts';
import { EXAMPLES, masterDataPage } from '../../infra/master-data/reference.ts';
import { repeatedKeys } from '../../infra/master-data/repeated-keys.ts';
import { MASTER_DATA_FILES } from '../../shared/azure/names.ts';

const examples = new Map(
  readdirSync(EXAMPLES).map((name) => [name, readFileSync(join(EXAMPLES, name), 'utf8')]),
);
const [STORES, PRODUCTS, PROFILE, ROUTES] = [
  MASTER_DATA_FILES.stores,
  MASTER_DATA_FILES.products,
  MASTER_DATA_FILES.postingProfile,
  MASTER_DATA_FILES.alertRoutes,
];

/** The findings where a text of one file of the examples is replaced. */
function after(file: string, from: string, to: string): string[] {
  const text = examples.get(file) ?? '';
  expect(text).toContain(from);
  return checkMasterData(new Map(examples).set(file, text.replace(from, to))).map(lineOf);
}

test('the reference page is the one that the schemas make', () => {
  expect(readFileSync('docs/master-data.md', 'utf8')).toBe(masterDataPage());
});

test('the page has every file and explains every field', () => {
  const page = masterDataPage();
  for (const file of Object.values(MASTER_DATA_FILES)) expect(page).toContain(`## \`${file}\``);
  const rows = page.split('\n').filter((line) => /^\| `[^*]+` /.test(line));
  expect(rows.length).toBeGreaterThan(60);
  for (const row of rows) expect(row).toMatch(/\| [^ |][^|]{4,} *\|$/);
});

test('the examples are without fault, and are all files that the product reads', () => {
  expect(checkMasterData(examples)).toEqual([]);
  expect([...examples.keys()].sort()).toEqual(Object.values(MASTER_DATA_FILES).sort());
  expect(Object.keys(SCHEMAS).sort()).toEqual(Object.keys(MASTER_DATA_FILES).sort());
});

test.each([
  [
    STORES,
    '"currency": "EUR"',
    '"currency": "EURO"',
    '/stores/0/currency: "EURO" must be an ISO 4217 currency code such as EUR. Fix: ',
  ],
  [STORES, '"Europe/Berlin"', '"Berlin"', '/stores/0/timeZone: "Berlin" '],
  [STORES, '"cutOver": "04:00"', '"cutOver": "24:00"', '/stores/0/cutOver: "24:00" must be HH:MM'],
  [STORES, '"cutOver"', '"cutover"', '/stores/0/cutover: is not a known field'],
  [STORES, '"cutOver": "04:00",', '', '/stores/0/cutOver: is missing'],
  [STORES, '"BOS-001"', '"BER-001"', '/stores/1/ledgerDimension: "BER-001" BER-001 is a duplicate'],
  [STORES, '"BOS01"', '"BER01"', '/stores/1/storeId: "BER01" BER01 is a duplicate'],
  [
    STORES,
    '"storeId": "BER01",',
    '"storeId": "BER01", "storeId": "BER02",',
    '/stores/0/storeId: is a duplicate, and only the last one would count',
  ],
  [STORES, '{', '{ // our stores', ': is not JSON: '],
  [STORES, '{', '\uFEFF{', ': begins with a byte order mark. Fix: save it as UTF-8 without'],
  [PRODUCTS, '"1001"', '"02010001"', '/products/1/codes/0: "2010001" is at /products/0/codes/1 too'],
  [PRODUCTS, '"APPLE"', '"MILK-1L"', '/products/1/productId: "MILK-1L" is at /products/0/productId too'],
  [PRODUCTS, '"EUR": 129', '"eur": 129', '/products/0/priceMinor/eur: is not an ISO 4217 currency code'],
  [PRODUCTS, '"EUR": 129', '"EUR": 1.29', '/products/0/priceMinor/EUR: 1.29 must be of the type int'],
  [PRODUCTS, '"unit": "kg"', '"unit": "stone"', '/products/1/unit: "stone" must be one of'],
  [
    PROFILE,
    '"110100"',
    '"110 100"',
    '/accounts/tender/cash: "110 100" must be a ledger account without spaces',
  ],
  [ROUTES, '"BER01"', '"BER1"', '/routes/1/stores/0: "BER1" is not a store in stores.json'],
  [
    ROUTES,
    'https://alerts.example.com',
    'http://alerts.example.com',
    '/routes/0/url: "http://alerts.example.com/tillstream" must start with https://',
  ],
  [ROUTES, 'https://alerts.example.com', 'https://10.0.0.4', 'must point to a public address'],
  [ROUTES, '"stockout-imminent"', '"stock-out"', '/routes/1/kinds/0: "stock-out" must be one of'],
])('an error in %s: %s as %s', (file, from, to, expected) => {
  const errors = after(file, from, to).filter((line) => line.startsWith('ERROR'));
  expect(errors.filter((line) => line.startsWith(`ERROR ${file}`) && line.includes(expected))).toHaveLength(
    1,
  );
  for (const error of errors) expect(error).toMatch(/ Fix: .{5,}\.$/);
  // A misspelled field is missing under its name too, and a store that is gone is missing in each file that names it.
  expect(errors.length).toBeLessThanOrEqual(to.includes('BER02') ? 5 : 2);
});

test.each([
  [PRODUCTS, '"USD": 149', '"GBP": 149', 'has no central price in USD'],
  [STORES, '"closes": "24:00"', '"closes": "02:00"', 'closes before it opens'],
  [STORES, '"weekday": 2', '"weekday": 1', 'is the same weekday as /stores/0/hours/0'],
  [PROFILE, '"261200"', '"401000"', 'is the account of /accounts/revenue/default too'],
  [ROUTES, '"minSeverity": "warning"', '"minSeverity": "critical"', 'some alerts would reach nobody'],
])('a warning in %s: %s as %s', (file, from, to, expected) => {
  const lines = after(file, from, to);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`WARNING ${file}`);
  expect(lines[0]).toContain(expected);
});

test('a missing, misnamed or unknown file is reported', () => {
  const files = new Map(examples);
  files.delete(STORES);
  files.set('Stores.json', '{}').set('stores.json.bak', '{}');
  const lines = checkMasterData(files).map(lineOf);
  expect(lines[0]).toBe(
    'ERROR stores.json: is missing. Fix: rename Stores.json: blob names are case-sensitive.',
  );
  expect(lines.filter((line) => line.includes('does not read'))).toHaveLength(2);
});

test('keys that are there twice are found, and no others', () => {
  const json = fc.json({ maxDepth: 4 });
  fc.assert(fc.property(json, (text) => expect(repeatedKeys(text)).toEqual([])));
  fc.assert(
    fc.property(json, fc.string(), (text, key) => {
      const name = JSON.stringify(key);
      const twice = `[0, {${name}: ${text}, "other ${name.slice(1)}: [1, 2], ${name} : ${text}}]`;
      expect(repeatedKeys(twice)).toEqual([{ path: [1], key }]);
    }),
  );
});

describe('the command', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'infra/master-data/main.ts', ...args], {
      encoding: 'utf8',
    });

  test('ends with 0 for the examples, with 1 for an error, with 2 where it is called wrongly', () => {
    expect(run('check', EXAMPLES)).toMatchObject({
      status: 0,
      stdout: '0 errors, 0 warnings. It can be uploaded.\n',
    });
    const folder = mkdtempSync(join(tmpdir(), 'tillstream-master-data-'));
    try {
      for (const [name, text] of examples) writeFileSync(join(folder, name), text.replace('"USD"', '"US"'));
      const failed = run('check', folder);
      expect(failed.status).toBe(1);
      expect(failed.stdout).toContain('ERROR stores.json /stores/1/currency: "US" must be');
      expect(failed.stdout).toContain('Do not upload it.');
    } finally {
      rmSync(folder, { recursive: true });
    }
    for (const args of [['check'], ['check', '/nowhere/at/all'], ['--wrong']]) {
      const { status, stderr, stdout } = run(...args);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(run('--help').status).toBe(0);
  });
});
