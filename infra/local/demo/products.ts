import { productSchema, type Product } from '../../../shared/pos/product.ts';

/** A product of the demonstration: its master data, and how well it sells. */
export interface DemoProduct extends Product {
  /** Its relative share of all lines. */
  readonly weight: number;
  /** In most of the chain's countries, food has a reduced tax rate or is exempt. */
  readonly taxClass: 'standard' | 'reduced';
}

/** [name, price in euro cents, how well it sells] */
type Entry = readonly [name: string, euroCents: number, weight: number];

interface Department {
  readonly name: string;
  readonly taxClass: 'standard' | 'reduced';
  readonly unit: 'each' | 'kg';
  readonly leadTimeHours: number;
  readonly entries: readonly Entry[];
}

const DEPARTMENTS: readonly Department[] = [
  {
    name: 'Produce',
    taxClass: 'reduced',
    unit: 'kg',
    leadTimeHours: 24,
    entries: [
      ['Bananas', 179, 12],
      ['Apples Elstar', 249, 9],
      ['Pears Conference', 279, 5],
      ['Oranges', 229, 6],
      ['Grapes white', 399, 5],
      ['Tomatoes on the vine', 329, 8],
      ['Carrots', 119, 6],
      ['Potatoes', 139, 8],
      ['Onions yellow', 129, 6],
      ['Courgettes', 249, 4],
      ['Mushrooms', 599, 4],
      ['Broccoli', 299, 4],
    ],
  },
  {
    name: 'Bakery',
    taxClass: 'reduced',
    unit: 'each',
    leadTimeHours: 12,
    entries: [
      ['Bread rolls, 4', 139, 12],
      ['Rye loaf 750 g', 329, 7],
      ['Baguette', 149, 10],
      ['Croissant', 110, 11],
      ['Toast wholemeal', 189, 6],
      ['Ciabatta', 219, 5],
      ['Pretzel', 95, 9],
      ['Apple turnover', 165, 5],
      ['Muffin blueberry', 199, 4],
      ['Custard tart', 129, 7],
    ],
  },
  {
    name: 'Dairy',
    taxClass: 'reduced',
    unit: 'each',
    leadTimeHours: 24,
    entries: [
      ['Milk whole 1 l', 129, 14],
      ['Milk semi-skimmed 1 l', 119, 12],
      ['Oat drink 1 l', 199, 6],
      ['Butter 250 g', 239, 8],
      ['Yogurt natural 500 g', 149, 7],
      ['Yogurt strawberry 150 g', 65, 8],
      ['Quark 250 g', 109, 5],
      ['Cream 200 ml', 99, 5],
      ['Gouda sliced 200 g', 249, 7],
      ['Mozzarella 125 g', 119, 6],
      ['Feta 200 g', 279, 4],
      ['Eggs free range, 10', 329, 8],
    ],
  },
  {
    name: 'Deli',
    taxClass: 'reduced',
    unit: 'kg',
    leadTimeHours: 24,
    entries: [
      ['Ham cooked, counter', 1990, 4],
      ['Salami, counter', 2290, 3],
      ['Chicken breast', 1290, 5],
      ['Beef mince', 1190, 5],
      ['Salmon fillet', 2990, 3],
      ['Olives marinated', 1790, 2],
      ['Potato salad, counter', 890, 3],
      ['Emmental, counter', 1690, 3],
    ],
  },
  {
    name: 'Grocery',
    taxClass: 'reduced',
    unit: 'each',
    leadTimeHours: 48,
    entries: [
      ['Spaghetti 500 g', 129, 8],
      ['Penne 500 g', 129, 6],
      ['Rice basmati 1 kg', 299, 5],
      ['Flour 1 kg', 99, 4],
      ['Sugar 1 kg', 149, 4],
      ['Olive oil 750 ml', 899, 4],
      ['Sunflower oil 1 l', 249, 4],
      ['Tomatoes chopped 400 g', 99, 7],
      ['Tomato sauce basil', 219, 5],
      ['Tuna in oil 160 g', 199, 5],
      ['Sweetcorn 285 g', 119, 4],
      ['Chickpeas 400 g', 99, 3],
      ['Muesli 750 g', 349, 4],
      ['Oat flakes 500 g', 89, 5],
      ['Honey 500 g', 549, 3],
      ['Jam strawberry 340 g', 229, 4],
      ['Hazelnut spread 400 g', 349, 5],
      ['Coffee beans 1 kg', 1399, 4],
      ['Coffee ground 500 g', 649, 5],
      ['Tea black, 25 bags', 229, 3],
      ['Salt 500 g', 59, 2],
      ['Pepper black, ground', 249, 2],
    ],
  },
  {
    name: 'Sweets and snacks',
    taxClass: 'reduced',
    unit: 'each',
    leadTimeHours: 48,
    entries: [
      ['Chocolate milk 100 g', 119, 10],
      ['Chocolate dark 100 g', 149, 7],
      ['Gummy bears 200 g', 109, 8],
      ['Biscuits butter 200 g', 159, 6],
      ['Crisps salted 175 g', 189, 8],
      ['Crisps paprika 175 g', 189, 7],
      ['Peanuts 200 g', 199, 4],
      ['Chewing gum', 99, 9],
      ['Muesli bar', 79, 7],
      ['Ice cream tub 500 ml', 499, 4],
    ],
  },
  {
    name: 'Drinks',
    taxClass: 'standard',
    unit: 'each',
    leadTimeHours: 24,
    entries: [
      ['Mineral water 1.5 l', 69, 14],
      ['Mineral water sparkling 1 l', 79, 10],
      ['Cola 0.5 l', 119, 11],
      ['Cola zero 0.5 l', 119, 9],
      ['Lemonade 0.33 l', 139, 7],
      ['Iced tea peach 1.5 l', 149, 6],
      ['Orange juice 1 l', 229, 7],
      ['Apple juice 1 l', 169, 6],
      ['Energy drink 250 ml', 149, 7],
      ['Beer pils 0.5 l', 99, 10],
      ['Beer wheat 0.5 l', 109, 6],
      ['Red wine 0.75 l', 699, 4],
      ['White wine 0.75 l', 649, 4],
      ['Sparkling wine 0.75 l', 599, 3],
    ],
  },
  {
    name: 'Household',
    taxClass: 'standard',
    unit: 'each',
    leadTimeHours: 48,
    entries: [
      ['Kitchen roll, 4', 299, 4],
      ['Toilet paper, 8', 449, 5],
      ['Washing powder 1.3 kg', 799, 3],
      ['Dish soap 500 ml', 159, 3],
      ['All-purpose cleaner 1 l', 229, 3],
      ['Dishwasher tabs, 40', 749, 2],
      ['Bin bags 35 l', 179, 3],
      ['Batteries AA, 4', 499, 3],
      ['Candles, 10', 299, 2],
      ['Carrier bag paper', 25, 14],
      ['Light bulb E27', 399, 2],
      ['Umbrella', 1299, 1],
    ],
  },
  {
    name: 'Body and baby care',
    taxClass: 'standard',
    unit: 'each',
    leadTimeHours: 48,
    entries: [
      ['Shampoo 300 ml', 299, 4],
      ['Shower gel 250 ml', 199, 4],
      ['Toothpaste 75 ml', 189, 5],
      ['Toothbrush', 249, 3],
      ['Deodorant', 279, 4],
      ['Hand cream', 229, 3],
      ['Tissues, 15 packs', 199, 5],
      ['Nappies size 4', 899, 3],
      ['Baby wipes', 179, 3],
      ['Plasters', 249, 2],
      ['Sun cream SPF 30', 999, 1],
      ['Razor blades, 8', 1499, 1],
    ],
  },
  {
    name: 'Coffee bar',
    taxClass: 'standard',
    unit: 'each',
    leadTimeHours: 12,
    entries: [
      ['Espresso', 220, 5],
      ['Cappuccino', 340, 7],
      ['Flat white', 380, 4],
      ['Tea, fresh mint', 320, 2],
      ['Cheesecake, slice', 420, 2],
      ['Sandwich ham and cheese', 490, 5],
    ],
  },
];

/** Sold as a separate line type: a liability to the card's holder, not revenue. */
export const GIFT_CARD_CODE = 'GIFTCARD';
/** A payment for an order that is delivered later. */
export const ORDER_DEPOSIT_CODE = 'DEPOSIT';

/** Price levels relative to the euro price, in thousandths, and the step that prices are rounded to. */
const PRICE_LEVELS: Readonly<Record<string, { perMille: bigint; stepMinor: bigint }>> = {
  EUR: { perMille: 1000n, stepMinor: 1n },
  CHF: { perMille: 1450n, stepMinor: 5n },
  USD: { perMille: 1250n, stepMinor: 1n },
  // The yen has no minor unit: 1.00 EUR is about 155 yen.
  JPY: { perMille: 1550n, stepMinor: 10n },
};

export const DEMO_PRODUCTS: readonly DemoProduct[] = DEPARTMENTS.flatMap((department, index) =>
  department.entries.map((entry, at) => productOf(department, entry, (index + 1) * 1000 + at + 1)),
);

/** Known product codes without stock. */
export const OTHER_PRODUCTS: readonly Product[] = [
  plainProduct(GIFT_CARD_CODE, 'Gift card'),
  plainProduct(ORDER_DEPOSIT_CODE, 'Deposit on an order'),
];

function productOf(department: Department, entry: Entry, number: number): DemoProduct {
  const [description, euroCents, weight] = entry;
  const kilo = department.unit === 'kg';
  return {
    ...productSchema.parse({
      productId: `P${number}`,
      description,
      codes: kilo ? [gtin13(`20${number}`), `${number}`] : [gtin13(`40${number}`)],
      unit: department.unit,
      department: department.name,
      leadTimeHours: department.leadTimeHours,
      safetyStockMilli: weight * 1000,
      priceMinor: pricesOf(euroCents),
      taxCode: department.taxClass,
    }),
    weight,
    taxClass: department.taxClass,
  };
}

/** A product with only a code and a name, which cannot run out. */
export function plainProduct(
  code: string,
  description: string,
  priceMinor: Product['priceMinor'] = {},
): Product {
  return productSchema.parse({
    productId: code,
    description,
    codes: [code],
    unit: 'each',
    leadTimeHours: 0,
    safetyStockMilli: 0,
    priceMinor,
  });
}

function pricesOf(euroCents: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(PRICE_LEVELS).map(([currency, { perMille, stepMinor }]) => {
      const exact = BigInt(euroCents) * perMille;
      const steps = (exact + 500n * stepMinor) / (1000n * stepMinor);
      return [currency, Number(steps * stepMinor)];
    }),
  );
}

/** Pads to twelve digits and adds the GS1 check digit. */
function gtin13(prefix: string): string {
  const body = `${prefix.slice(0, 2)}${prefix.slice(2).padStart(10, '0')}`;
  let sum = 0;
  for (const [index, digit] of body.split('').entries()) sum += Number(digit) * (index % 2 === 0 ? 1 : 3);
  return `${body}${(10 - (sum % 10)) % 10}`;
}
