/**
 * Gathers lines and writes all of one turn of the event loop at once: a pipe is written synchronously, so a write
 * for each line is most of what a log costs. Whoever ends the process flushes first.
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
