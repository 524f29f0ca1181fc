/**
 * Collects lines and writes them once per event loop turn: pipe writes are synchronous, so a write
 * per line would be most of the cost of logging. Flush before exiting the process.
 */
export function lineBuffer(write: (lines: string) => void): {
  add: (line: string) => void;
  flush: () => void;
} {
  let lines = '';
  const flush = (): void => {
    if (lines === '') return;
    const gathered = lines;
    lines = '';
    write(gathered);
  };
  return {
    add: (line) => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
    flush,
  };
}
