import { currencySchema, type Currency } from '../../../money.ts';
import { readDate, type DateForm } from './date-text.ts';

/** Texts that are remembered at once. */
const MAX_KNOWN = 10_000;

/**
 * Texts repeat from row to row: dates and currencies are checked once, and every other text is kept once, which halves
 * the memory of a day's entries.
 */
export class KnownTexts {
  readonly #dateForm: DateForm;
  readonly #dates = new Map<string, ReturnType<typeof readDate>>();
  readonly #currencies = new Map<string, Currency | undefined>();
  readonly #texts = new Map<string, string>();

  constructor(dateForm: DateForm) {
    this.#dateForm = dateForm;
  }

  date(text: string): ReturnType<typeof readDate> {
    let date = this.#dates.get(text);
    if (!date) {
      date = readDate(text, this.#dateForm);
      if (this.#dates.size < MAX_KNOWN) this.#dates.set(text, date);
    }
    return date;
  }

  /** Undefined for what is no ISO 4217 code. Small letters are the same code. */
  currency(text: string): Currency | undefined {
    if (this.#currencies.has(text)) return this.#currencies.get(text);
    const currency = currencySchema.safeParse(text.toUpperCase()).data;
    if (this.#currencies.size < MAX_KNOWN) this.#currencies.set(text, currency);
    return currency;
  }

  text(text: string): string {
    const before = this.#texts.get(text);
    if (before !== undefined) return before;
    if (this.#texts.size >= MAX_KNOWN) this.#texts.clear();
    // A piece of a text keeps the whole text in memory; a copy does not.
    const copy = Buffer.from(text).toString();
    this.#texts.set(copy, copy);
    return copy;
  }
}
