import fc from 'fast-check';
import {
  addMinor,
  addSums,
  currency,
  currencySchema,
  divideRounded,
  exponentOf,
  extendMinor,
  formatAmount,
  negatedSum,
  parseAmount,
  parseDecimal,
  toSum,
  toTotal,
} from '../../shared/money.ts';

const EUR = currency('EUR');
const anyCurrency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLF', 'ISK').map(currency);

test('an amount survives being written and read again, in every currency', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e14, max: 1e14 }), anyCurrency, (amountMinor, code) => {
      const read = parseAmount(formatAmount(amountMinor, code), code);
      expect(read).toBe(amountMinor === 0 ? 0 : amountMinor);
    }),
  );
});

test('a price times a quantity is rounded half away from zero, exactly, whatever its size', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -1e7, max: 1e7 }), (price, milli) => {
      const exact = BigInt(price) * BigInt(milli);
      expect(BigInt(extendMinor(price, milli))).toBe(divideRounded(exact, 1000n));
      // The rounded value is nearest: twice its distance from the exact one is at most one unit.
      const distance = BigInt(extendMinor(price, milli)) * 1000n - exact;
      expect(2n * (distance < 0n ? -distance : distance) <= 1000n).toBe(true);
    }),
  );
});

test('halves go away from zero, both ways', () => {
  expect(extendMinor(5, 500)).toBe(3);
  expect(extendMinor(-5, 500)).toBe(-3);
  expect(Object.is(extendMinor(-1, 100), 0)).toBe(true);
});

test('reading refuses what is no exact amount of the currency', () => {
  for (const text of ['', 'abc', '1,50', '1.234', '1e3', '--1', '1.', '99999999999999999999']) {
    expect(parseAmount(text, EUR)).toBeUndefined();
  }
  expect(parseAmount('12.340', EUR)).toBe(1234);
  expect(parseAmount('-0.00', EUR)).toBe(0);
  expect(parseAmount('7', currency('JPY'))).toBe(7);
  expect(parseAmount('7.5', currency('JPY'))).toBeUndefined();
  expect(parseDecimal('0.65', 3)).toBe(650);
});

test('a sum that leaves the safe integers is refused, never rounded', () => {
  expect(addMinor(1, 2, -3)).toBe(0);
  expect(() => addMinor(Number.MAX_SAFE_INTEGER, 1)).toThrow(RangeError);
  expect(() => extendMinor(Number.MAX_SAFE_INTEGER, 2000)).toThrow(RangeError);
});

test('currencies are those of ISO 4217 with their own number of digits', () => {
  expect(['EUR', 'JPY', 'KWD', 'CLF'].map((code) => exponentOf(currency(code)))).toEqual([2, 0, 3, 4]);
  expect(currencySchema.safeParse('XYZ').success).toBe(false);
  expect(currencySchema.safeParse('eur').success).toBe(false);
});

const SAFE = Number.MAX_SAFE_INTEGER;
const anySum = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.constantFrom(SAFE, -SAFE, SAFE - 1, 0),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(toSum),
);

test('sums outgrow the safe integers without losing a unit, and one value has one form', () => {
  fc.assert(
    fc.property(anySum, anySum, (left, right) => {
      const sum = addSums(left, right);
      expect(BigInt(sum)).toBe(BigInt(left) + BigInt(right));
      expect(typeof sum).toBe(Number.isSafeInteger(Number(sum)) ? 'number' : 'bigint');
      expect(BigInt(negatedSum(left))).toBe(-BigInt(left));
      expect(Object.is(negatedSum(left), -0)).toBe(false);
      expect(addSums(sum, negatedSum(right))).toBe(left);
      expect(BigInt(JSON.parse(JSON.stringify(toTotal(sum))) as number | string)).toBe(BigInt(sum));
    }),
  );
  expect(addSums(SAFE, 1)).toBe(2n ** 53n);
  expect([toTotal(SAFE), toTotal(2n ** 53n), toTotal(5n)]).toEqual([SAFE, '9007199254740992', 5]);
});
