/** The table of traps in docs/adding-a-source.md says what golden files hold: nobody has to believe it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const COLUMNS = [
  'square',
  'shopify',
  'stripe',
  'adyen',
  'adyen-manual-capture',
  'toast',
  'lightspeed-x',
  'clover',
  'zettle',
  'dynamics-commerce',
  'poslog',
] as const;
type Column = (typeof COLUMNS)[number];
type Row = readonly [trap: string, cases: Readonly<Partial<Record<Column, string>>>];

const currency = (code: string, adyen = true): Row => [
  code.toUpperCase(),
  {
    square: code,
    shopify: code,
    stripe: code,
    ...(adyen ? { adyen: `currency-${code}` } : {}),
    toast: code,
    'lightspeed-x': code,
    'dynamics-commerce': code,
    poslog: 'currencies',
  },
];

const ROWS: readonly Row[] = [
  [
    'exchange',
    {
      square: 'exchange',
      shopify: 'exchange',
      'lightspeed-x': 'exchange',
      clover: 'exchange',
      zettle: 'exchange',
      'dynamics-commerce': 'exchange',
      poslog: 'exchange',
    },
  ],
  [
    'pending refund',
    {
      square: 'refund-pending',
      shopify: 'refund-pending',
      stripe: 'refund-pending',
      adyen: 'refund-pending',
      clover: 'refund-pending',
    },
  ],
  [
    'refund that fails',
    {
      square: 'refund-that-fails',
      shopify: 'refund-that-fails',
      stripe: 'refund-that-fails',
      adyen: 'refund-that-fails',
      clover: 'refund-that-fails',
    },
  ],
  [
    'tip',
    {
      square: 'sale-with-tip',
      shopify: 'sale-with-tip',
      stripe: 'sale-with-tip',
      adyen: 'sale-with-tip',
      'adyen-manual-capture': 'tip-after-close',
      toast: 'sale-with-tip',
      clover: 'tip-after-close',
      zettle: 'sale-with-tip',
      poslog: 'tip-on-card',
    },
  ],
  [
    'tip after close',
    {
      square: 'tip-after-close',
      stripe: 'tip-after-close',
      'adyen-manual-capture': 'tip-after-close',
      toast: 'tip-after-close',
      clover: 'tip-after-close',
    },
  ],
  [
    'split by gift card',
    {
      square: 'split-by-gift-card',
      shopify: 'split-by-gift-card',
      adyen: 'split-by-gift-card',
      toast: 'split-by-gift-card',
      'lightspeed-x': 'split-by-gift-card',
      clover: 'split-by-gift-card',
      zettle: 'split-by-gift-card',
      'dynamics-commerce': 'split-by-gift-card',
      poslog: 'gift-card-sold-and-redeemed',
    },
  ],
  [
    'partial capture',
    {
      shopify: 'partial-capture',
      stripe: 'partial-capture',
      'adyen-manual-capture': 'partial-captures',
      toast: 'tip-not-adjusted-yet',
      clover: 'partial-capture',
    },
  ],
  [
    'edited order',
    {
      square: 'edited-order',
      shopify: 'edited-order',
      toast: 'edited-order',
      'lightspeed-x': 'edited-sale',
      clover: 'edited-order',
    },
  ],
  [
    'deferred revenue',
    {
      square: 'deferred-revenue',
      shopify: 'deferred-revenue',
      toast: 'deferred-revenue',
      'lightspeed-x': 'gift-card-sold',
      clover: 'deferred-revenue',
      zettle: 'deferred-revenue',
      'dynamics-commerce': 'deferred-revenue',
      poslog: 'gift-card-sold-and-redeemed',
    },
  ],
  [
    'cash rounding',
    {
      square: 'cash-rounding',
      shopify: 'cash-rounding',
      toast: 'service-charges',
      'lightspeed-x': 'cash-rounding',
      zettle: 'cash-rounding',
      'dynamics-commerce': 'cash-rounding',
      poslog: 'cash-rounding',
    },
  ],
  ['marketplace tax', { shopify: 'marketplace-tax', toast: 'marketplace-tax' }],
  [
    'tax finer than cents',
    {
      square: 'tax-finer-than-cents',
      toast: 'tax-included',
      'lightspeed-x': 'five-decimal-tax',
      clover: 'tax-finer-than-cents',
      zettle: 'tax-finer-than-cents',
      'dynamics-commerce': 'tax-finer-than-cents',
      poslog: 'tax-of-two-kinds-added',
    },
  ],
  [
    'order-level discount',
    {
      square: 'order-level-discount',
      shopify: 'order-level-discount',
      toast: 'discount-on-the-check',
      'lightspeed-x': 'discount-and-keyed-price',
      clover: 'order-level-discount',
      zettle: 'order-level-discount',
      'dynamics-commerce': 'order-level-discount',
      poslog: 'discount-on-the-whole',
    },
  ],
  currency('jpy'),
  currency('kwd'),
  currency('clp'),
  currency('isk'),
  [
    'offline, declined later',
    {
      shopify: 'offline-declined-later',
      stripe: 'offline-declined-later',
      adyen: 'offline-declined-later',
      toast: 'offline-declined-later',
      clover: 'offline-declined-later',
    },
  ],
];

const root = join(__dirname, '../..');
const doc = readFileSync(join(root, 'docs/adding-a-source.md'), 'utf8');
const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

test('every mark in the table of traps is a golden file, and every trap is in the table', () => {
  const lines = doc.split('\n').filter((line) => line.startsWith('| '));
  for (const [trap, cases] of ROWS) {
    const row = lines.map(cellsOf).find(([first]) => first === trap);
    const marks = COLUMNS.map((column) => (cases[column] === undefined ? '–' : '✓'));
    expect([trap, ...(row?.slice(1) ?? [])]).toEqual([trap, ...marks]);
    for (const [source, name] of Object.entries(cases)) {
      const path =
        source === 'poslog'
          ? `tests/fixtures/poslog/${name}.xml`
          : `tests/fixtures/golden/${source}/${name}.in.json`;
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    }
  }
});
