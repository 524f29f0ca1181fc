import { changeOf, type Place } from './places.ts';

/** A break that changes nothing that anybody could observe. It is found by its code, so it survives a move of the line. */
export interface Equivalent {
  readonly file: string;
  /** The line as it stands, without its indentation. */
  readonly code: string;
  /** As the list of survivors prints it: `what stands there -> what replaces it`. */
  readonly change: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'shared/money.ts',
    code: 'const negative = numerator < 0n !== denominator < 0n;',
    change: '< -> <=',
    why: 'Zero divided is 0n with either sign, as a bigint has no -0; a denominator of zero throws.',
  },
  {
    file: 'shared/money.ts',
    code: 'const n = numerator < 0n ? -numerator : numerator;',
    change: '< -> <=',
    why: '-0n is 0n.',
  },
  {
    file: 'shared/money.ts',
    code: 'const d = denominator < 0n ? -denominator : denominator;',
    change: '< -> <=',
    why: '-0n is 0n, and a denominator of zero throws.',
  },
  {
    file: 'shared/reconciliation/identity.ts',
    code: 'if (readings.length > 1) report(outcome, counted, held);',
    change: '> -> >=',
    why: '`report` itself says nothing of fewer than two readings, and these are all of them.',
  },
];

export function equivalentOf(place: Place): Equivalent | undefined {
  return EQUIVALENTS.find(
    ({ file, code, change }) => file === place.file && code === place.code && change === changeOf(place),
  );
}
