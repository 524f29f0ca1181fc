import type { LineDraft } from './draft.ts';

/**
 * Which lines do not count. There are three ways to strike a line off:
 * - ARTS marks the line itself as void;
 * - Wincor Nixdorf writes a second line, marked as void, that links to the line that it takes back (`ItemLink`);
 * - NCR writes a second line, marked as void, with the opposite sign.
 *
 * What takes back a part of a line, or a line that cannot be found, stays as a return, so the total is right.
 */
export function withVoids(drafts: readonly LineDraft[]): LineDraft[] {
  const kept: LineDraft[] = [];
  const byNumber = new Map(drafts.map((draft) => [draft.number, draft]));
  const twins = new Twins();
  for (const draft of drafts) {
    if (!draft.isVoid) {
      kept.push(draft);
      twins.add(draft);
      continue;
    }
    const linked = draft.link === undefined ? undefined : byNumber.get(draft.link);
    const taken = linked && linked !== draft && isSameGoods(linked, draft) ? linked : undefined;
    if (taken && Math.abs(draft.line.quantityMilli) < Math.abs(taken.line.quantityMilli)) {
      kept.push(asReturn(draft));
    } else if (taken) {
      strikeOff(taken);
      strikeOff(draft);
      kept.push(draft);
    } else if (draft.isNegative) {
      const reversed = twins.take(draft);
      if (reversed) strikeOff(reversed);
      else kept.push(asReturn(draft));
    } else {
      strikeOff(draft);
      kept.push(draft);
    }
  }
  return kept;
}

/**
 * The other meaning of a mark without a link and with the same sign: the line takes back an equal one before it.
 * @returns the lines that are then void, too; empty where no line has such a twin.
 */
export function twinsOfVoids(drafts: readonly LineDraft[]): LineDraft[] {
  const twins = new Twins();
  const found: LineDraft[] = [];
  for (const draft of drafts) {
    if (draft.line.voided !== true) twins.add(draft);
    else if (draft.isVoid && draft.link === undefined) {
      const twin = twins.take(draft);
      if (twin) found.push(twin);
    }
  }
  return found;
}

export function strikeOff(draft: LineDraft): void {
  draft.line = { ...draft.line, voided: true };
}

const isSameGoods = (one: LineDraft, other: LineDraft): boolean =>
  one.codes.some((code) => other.codes.includes(code));

function asReturn(draft: LineDraft): LineDraft {
  const { quantityMilli, extendedAmountMinor } = draft.line;
  return {
    ...draft,
    line: {
      ...draft.line,
      type: draft.line.type === 'sale' ? 'return' : draft.line.type,
      quantityMilli: 0 - Math.abs(quantityMilli),
      extendedAmountMinor: 0 - Math.abs(extendedAmountMinor),
    },
    taxes: draft.taxes.map((tax) =>
      tax.amountMinor === undefined ? tax : { ...tax, amountMinor: 0 - Math.abs(tax.amountMinor) },
    ),
  };
}

/** Lines by goods, quantity and amount, to find the last equal one without a search. */
class Twins {
  readonly #byContent = new Map<string, LineDraft[]>();

  add(draft: LineDraft): void {
    const key = contentOf(draft);
    const known = this.#byContent.get(key);
    if (known) known.push(draft);
    else this.#byContent.set(key, [draft]);
  }

  /** The last equal line that still counts. */
  take(draft: LineDraft): LineDraft | undefined {
    const known = this.#byContent.get(contentOf(draft));
    for (let found = known?.pop(); found; found = known?.pop()) {
      if (found.line.voided !== true) return found;
    }
    return undefined;
  }
}

const contentOf = ({ line }: LineDraft): string =>
  JSON.stringify([line.productCode, Math.abs(line.quantityMilli), Math.abs(line.extendedAmountMinor)]);
