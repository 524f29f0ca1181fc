/** Record ids of other journals that are read along rather than asked around. */
const MAX_GAP = 500n;
const MAX_RANGES = 25;

/**
 * Filters that find the rows of these keys, and few others. Dynamics gives out record ids in blocks, so those of one date
 * lie in a few runs; addresses may not become too long, so a filter names some runs and not all.
 */
export function keyRanges(keys: readonly string[], field: string): string[] {
  const runs: { first: bigint; last: bigint }[] = [];
  for (const key of keys.map(BigInt).sort((left, right) => (left < right ? -1 : 1))) {
    const run = runs.at(-1);
    if (run && key - run.last <= MAX_GAP) run.last = key;
    else runs.push({ first: key, last: key });
  }
  const filters: string[] = [];
  for (let from = 0; from < runs.length; from += MAX_RANGES) {
    const some = runs
      .slice(from, from + MAX_RANGES)
      .map(({ first, last }) =>
        first === last ? `${field} eq ${first}` : `(${field} ge ${first} and ${field} le ${last})`,
      );
    filters.push(some.length === 1 ? (some[0] ?? '') : `(${some.join(' or ')})`);
  }
  return filters;
}
