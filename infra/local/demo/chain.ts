import { NO_SETUP } from '../../../shared/forecast/setup.ts';
import { NOT_READ } from '../../../shared/ledger/sources/dynamics-commerce/config.ts';
import { DEFAULT_CONFIG } from '../../../shared/ledger/sources/dynamics-finance/config.ts';
import type { AlertRoute } from '../../../shared/alerts/alert-routes.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { Product } from '../../../shared/pos/product.ts';
import { closePolicySchema, DEFAULT_POLICY } from '../../../shared/workflow/policy.ts';
import { storeSchema, type Store } from '../../../shared/pos/store.ts';
import { localPostingProfile } from '../posting-profile.ts';
import type { MasterData } from '../resources.ts';
import { DEMO_PRODUCTS, OTHER_PRODUCTS } from './products.ts';

/** A country's tax as its tills name it. A rate of zero means exempt: the line has no tax. */
interface DemoTax {
  readonly code: string;
  readonly rateBasisPoints: number;
}

/** A demonstration store: its master data, and what its tills need to play a day. */
export interface DemoStore {
  readonly store: Store;
  readonly taxIncluded: boolean;
  readonly taxes: { readonly standard: DemoTax; readonly reduced: DemoTax };
  /** Cash is rounded to this many minor units: 5 where one-cent coins are no longer used. */
  readonly cashStepMinor: number;
  /** Notes and coins that customers pay with, in minor units. */
  readonly notesMinor: readonly number[];
  /** Card payments may carry a tip. */
  readonly tips: boolean;
  /** Its stock counts come from Square. */
  readonly countsWithSquare: boolean;
  /** How this store posts to the ledger: one statement a day, as for cash and carry, or every transaction. */
  readonly posting: 'statement' | 'transaction';
  /** Approximate sales per day, before the weekday factor. */
  readonly salesPerDay: number;
}

export interface Chain {
  readonly stores: readonly DemoStore[];
  readonly products: readonly Product[];
  readonly postingProfile: PostingProfile;
}

interface City {
  readonly prefix: string;
  readonly name: string;
  readonly timeZone: string;
  readonly country: Country;
  readonly opens: string;
  readonly closes: string;
  readonly cutOver: string;
  readonly tills: number;
  readonly salesPerDay: number;
}

interface Country {
  readonly currency: string;
  readonly taxIncluded: boolean;
  readonly standard: DemoTax;
  readonly reduced: DemoTax;
  readonly cashStepMinor: number;
  readonly notesMinor: readonly number[];
  readonly tips: boolean;
  readonly openOnSunday: boolean;
}

const EURO_NOTES = [500, 1000, 2000, 5000, 10_000];
const GERMANY: Country = {
  currency: 'EUR',
  taxIncluded: true,
  standard: { code: 'DE19', rateBasisPoints: 1900 },
  reduced: { code: 'DE7', rateBasisPoints: 700 },
  cashStepMinor: 1,
  notesMinor: EURO_NOTES,
  tips: false,
  openOnSunday: false,
};
const PORTUGAL: Country = {
  ...GERMANY,
  standard: { code: 'PT23', rateBasisPoints: 2300 },
  reduced: { code: 'PT6', rateBasisPoints: 600 },
  openOnSunday: true,
};
const SWITZERLAND: Country = {
  ...GERMANY,
  currency: 'CHF',
  standard: { code: 'CH81', rateBasisPoints: 810 },
  reduced: { code: 'CH26', rateBasisPoints: 260 },
  cashStepMinor: 5,
  notesMinor: [1000, 2000, 5000, 10_000],
};
const MASSACHUSETTS: Country = {
  currency: 'USD',
  taxIncluded: false,
  standard: { code: 'MA625', rateBasisPoints: 625 },
  reduced: { code: 'EXEMPT', rateBasisPoints: 0 },
  cashStepMinor: 1,
  notesMinor: [500, 1000, 2000, 5000],
  tips: true,
  openOnSunday: true,
};
const ILLINOIS: Country = {
  ...MASSACHUSETTS,
  standard: { code: 'IL1025', rateBasisPoints: 1025 },
  reduced: { code: 'IL225', rateBasisPoints: 225 },
};
const JAPAN: Country = {
  currency: 'JPY',
  taxIncluded: true,
  standard: { code: 'JP10', rateBasisPoints: 1000 },
  reduced: { code: 'JP8', rateBasisPoints: 800 },
  cashStepMinor: 1,
  notesMinor: [1000, 5000, 10_000],
  tips: false,
  openOnSunday: true,
};

const city = (
  prefix: string,
  name: string,
  timeZone: string,
  country: Country,
  [opens, closes, cutOver]: readonly [string, string, string],
  [tills, salesPerDay]: readonly [number, number],
): City => ({ prefix, name, timeZone, country, opens, closes, cutOver, tills, salesPerDay });

/** The first five are the default chain; a longer chain repeats them with new numbers. */
const CITIES: readonly City[] = [
  city('BER', 'Berlin', 'Europe/Berlin', GERMANY, ['07:00', '22:00', '04:00'], [3, 560]),
  city('LIS', 'Lisbon', 'Europe/Lisbon', PORTUGAL, ['08:00', '23:00', '04:00'], [3, 480]),
  city('BOS', 'Boston', 'America/New_York', MASSACHUSETTS, ['06:00', '23:00', '03:00'], [3, 520]),
  city('ZRH', 'Zurich', 'Europe/Zurich', SWITZERLAND, ['07:00', '20:00', '04:00'], [2, 360]),
  // Open past midnight: a sale at 01:00 belongs to the previous day.
  city('TYO', 'Tokyo', 'Asia/Tokyo', JAPAN, ['08:00', '24:00', '05:00'], [2, 400]),
  city('CHI', 'Chicago', 'America/Chicago', ILLINOIS, ['06:00', '23:00', '03:00'], [3, 450]),
  city('HAM', 'Hamburg', 'Europe/Berlin', GERMANY, ['07:00', '22:00', '04:00'], [2, 380]),
  city('OPO', 'Porto', 'Europe/Lisbon', PORTUGAL, ['08:00', '22:00', '04:00'], [2, 330]),
];

/** Every third store posts by transaction, starting with the third, so every chain has both ways. */
const isPostedByTransaction = (index: number): boolean => index % 3 === 2 || index === 1;

/** The same number of stores gives the same chain, and a longer chain begins with the shorter one. */
export function demonstrationChain(storeCount: number): Chain {
  return {
    stores: Array.from({ length: storeCount }, (_, index) => storeAt(index)),
    products: [...DEMO_PRODUCTS, ...OTHER_PRODUCTS].map(asMasterData),
    postingProfile: POSTING_PROFILE,
  };
}

/** How Square names a store. */
export const squareLocationOf = (storeId: string): string => `L${storeId}DEMO`;

function storeAt(index: number): DemoStore {
  const place = CITIES[index % CITIES.length] as City;
  const round = Math.floor(index / CITIES.length) + 1;
  const { country } = place;
  const number = `${round}`.padStart(2, '0');
  return {
    store: storeSchema.parse({
      storeId: `${place.prefix}${number}`,
      name: round === 1 ? place.name : `${place.name} ${round}`,
      timeZone: place.timeZone,
      cutOver: place.cutOver,
      currency: country.currency,
      hours: [1, 2, 3, 4, 5, 6, ...(country.openOnSunday ? [7] : [])].map((weekday) => ({
        weekday,
        opens: place.opens,
        closes: place.closes,
      })),
      ledgerDimension: `0${index + 101}`.slice(-4),
      tills: Array.from({ length: place.tills }, (_, till) => `T${till + 1}`),
      sourceLocations: {
        tillstream: [`${place.prefix}${number}`],
        square: [squareLocationOf(`${place.prefix}${number}`)],
      },
    }),
    taxIncluded: country.taxIncluded,
    taxes: { standard: country.standard, reduced: country.reduced },
    cashStepMinor: country.cashStepMinor,
    notesMinor: country.notesMinor,
    tips: country.tips,
    countsWithSquare: index % 4 === 1,
    posting: isPostedByTransaction(index) ? 'transaction' : 'statement',
    salesPerDay: place.salesPerDay,
  };
}

/** A product's master data, without the demonstration's own fields. */
function asMasterData(product: Product): Product {
  const { productId, description, codes, unit, department, leadTimeHours, safetyStockMilli } = product;
  return {
    productId,
    description,
    codes,
    unit,
    ...(department === undefined ? {} : { department }),
    leadTimeHours,
    safetyStockMilli,
    priceMinor: product.priceMinor,
    ...(product.taxCode === undefined ? {} : { taxCode: product.taxCode }),
  };
}

/** The chain's posting profile. */
const POSTING_PROFILE: PostingProfile = localPostingProfile({
  tax: {
    default: '261199',
    DE19: '261119',
    DE7: '261107',
    PT23: '261223',
    PT6: '261206',
    CH81: '261381',
    CH26: '261326',
    MA625: '261462',
    IL1025: '261510',
    IL225: '261502',
    JP10: '261610',
    JP8: '261608',
  },
  tender: { mobile: '110210', voucher: '110300' },
});

/** Small roundings are accepted by a rule; everything else is for people. */
const CLOSE_POLICY = closePolicySchema.parse({
  ...DEFAULT_POLICY,
  autoAccept: [
    {
      name: 'small-differences',
      reasonCode: 'rounding',
      categories: ['amount-differs', 'rounding-differs'],
      maxAmountMinor: { EUR: 5, CHF: 5, JPY: 5, USD: 5 },
      maxTotalMinor: { EUR: 100, CHF: 100, JPY: 100, USD: 100 },
    },
  ],
});

/** The chain as an operator would upload it. */
export function masterDataOfChain(
  { stores, products, postingProfile }: Chain,
  alertRoutes: readonly AlertRoute[],
): MasterData {
  return {
    stores: { stores: stores.map(({ store }) => store) },
    products: { products },
    postingProfile,
    alertRoutes: { routes: alertRoutes },
    // Its customers are Poisson and its shelves full: rarer silences than those of real stores are told apart.
    alertLimits: { limits: [{ rule: 'silent-stockout', parameters: { falseAlertLevel: 0.00001 } }] },
    ledgerMappings: { mappings: [] },
    settlementMappings: { mappings: [] },
    dynamicsFinance: DEFAULT_CONFIG,
    dynamicsCommerce: NOT_READ,
    dynamicsSetup: NO_SETUP,
    senders: { senders: [] },
    closePolicy: CLOSE_POLICY,
  };
}
