/** Where one source text can be broken, and how. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly line: number;
  readonly was: string;
}

/** What stands in the code, and what a break puts in its place. */
const OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \+ (?!['"`])/g, ' - '],
  [/ - /g, ' + '],
  [/ \+= /g, ' -= '],
  [/ -= /g, ' += '],
  [/\btrue\b(?=[,;) ])/g, 'false'],
  [/\bfalse\b(?=[,;) ])/g, 'true'],
  [/\.every\(/g, '.some('],
  [/\.some\(/g, '.every('],
  [/Math\.max\(/g, 'Math.min('],
  [/Math\.min\(/g, 'Math.max('],
  [/\bif \(/g, 'if (!'],
  [/^ +continue;$/gm, ''],
  [/\breturn -1\b/g, 'return 1'],
];

/** Comments, imports and types hold no behaviour. */
function isCode(source: string, at: number): boolean {
  const start = source.lastIndexOf('\n', at) + 1;
  const line = source.slice(start, source.indexOf('\n', at)).trim();
  return !/^(\/\/|\/\*|\*|import |export type |type |readonly |export interface |\|)/.test(line);
}

/** Every place where one of the operators fits, in the order of the file. */
export function mutationsOf(source: string): Mutation[] {
  const mutations: Mutation[] = [];
  for (const [pattern, replacement] of OPERATORS) {
    for (const { 0: was, index: start } of source.matchAll(pattern)) {
      if (!isCode(source, start + 1)) continue;
      const text = replacement === 'if (!' ? undefined : replacement;
      const end = start + was.length;
      const line = source.slice(0, start + 1).split('\n').length;
      if (text !== undefined) mutations.push({ start, end, text, line, was });
      else {
        const close = closing(source, end - 1);
        if (close === -1) continue;
        const condition = source.slice(end, close);
        mutations.push({ start, end: close, text: `if (!(${condition})`, line, was: `if (${condition}` });
      }
    }
  }
  return mutations.sort((left, right) => left.start - right.start);
}

/** Where the parenthesis that opens at `open` closes. */
function closing(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at += 1) {
    if (source[at] === '(') depth += 1;
    if (source[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
