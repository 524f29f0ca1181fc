/** Progress output of a run: one updating line on a terminal, a few lines elsewhere. */
export interface Screen {
  /** Work in progress. `progress`: 0 to 1, if known. */
  doing(what: string, progress?: number): void;
  /** The work is done; prints it with its duration. */
  done(what: string): void;
  /** Prints plain lines. */
  say(text: string): void;
  /** Clears the updating line before other output. */
  clear(): void;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly colours: boolean;
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Minimum interval between lines when not on a terminal. */
const SPARSE_MS = 10_000;
const TERMINAL_MS = 80;
const BAR_WIDTH = 24;

export function openScreen({ write, isTerminal, colours, now }: ScreenOptions): Screen {
  let startedMs = now();
  let shownMs = Number.NEGATIVE_INFINITY;
  let isLineOpen = false;
  const style = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const dim = style(2);
  const good = style(32);
  const clear = (): void => {
    if (isLineOpen) write('\r\u001b[K');
    isLineOpen = false;
  };
  return {
    clear,
    bold: style(1),
    dim,
    good,
    bad: style(31),
    doing(what, progress) {
      const sinceMs = now() - shownMs;
      if (sinceMs < (isTerminal ? TERMINAL_MS : SPARSE_MS)) return;
      shownMs = now();
      if (isTerminal) {
        clear();
        write(`  ${progress === undefined ? '' : `${bar(progress)} `}${what}`);
        isLineOpen = true;
      } else {
        write(`  ${what}${progress === undefined ? '' : ` (${Math.floor(progress * 100)} %)`}\n`);
      }
    },
    done(what) {
      clear();
      const seconds = ((now() - startedMs) / 1000).toFixed(1);
      write(`${good('ok')}  ${what} ${dim(`${seconds} s`)}\n`);
      startedMs = now();
      // On a terminal the next work shows at once; elsewhere only if it takes long.
      shownMs = isTerminal ? Number.NEGATIVE_INFINITY : now();
    },
    say(text) {
      clear();
      write(`${text}\n`);
    },
  };
}

function bar(progress: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, progress)) * BAR_WIDTH);
  return `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]`;
}

/** A table of words and numbers; the first column is left-aligned, the others right. */
export function tableOf(rows: readonly (readonly (string | number)[])[], indent = '  '): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells
    .map((row) =>
      `${indent}${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')}`.trimEnd(),
    )
    .join('\n');
}

/** 1234567 as 1,234,567. */
export const grouped = (value: number | bigint): string => value.toLocaleString('en-US');

/** "1 event", "2 events". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
