import type { Pseudonymise } from '../../privacy/pseudonym.ts';
import type { VendorApi } from './source.ts';

/** As `idWithoutCardNumbers` writes them. */
const CARD_PSEUDONYM = /card-[A-Za-z0-9_-]{11}/g;

/**
 * Remembers, while one body or answer is read, which digits became which pseudonym. An id of a vendor's may look like a card
 * number; what we store and publish then is its pseudonym, but the vendor can only be asked for the id that it gave.
 */
export class OriginalIds {
  readonly #digits = new Map<string, string>();
  readonly pseudonymise: Pseudonymise;

  constructor(pseudonymise: Pseudonymise) {
    this.pseudonymise = (kind, id) => {
      const pseudonym = pseudonymise(kind, id);
      if (kind === 'id') this.#digits.set(`card-${pseudonym.slice(0, 11)}`, id);
      return pseudonym;
    };
  }

  /** The id as the vendor gave it, where it was read with `pseudonymise`. */
  originalOf(id: string): string {
    return id.replace(CARD_PSEUDONYM, (pseudonym) => this.#digits.get(pseudonym) ?? pseudonym);
  }

  /** The API, asked for original ids whatever the path holds. */
  apiOf(api: VendorApi): VendorApi {
    const get = (path: string): Promise<unknown> => api.get(this.originalOf(path));
    return { ...api, get };
  }
}
