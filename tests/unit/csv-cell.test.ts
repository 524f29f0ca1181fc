import fc from 'fast-check';
import { csvCell } from '../../shared/reports/csv-cell.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['+1+1', "'+1+1"],
  ['-1+1', "'-1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['＝1+1', "'＝1+1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠SUM', "'＠SUM"],
  ['﹦1', "'﹦1"],
  ['\n=1+1', `"'\n'=1+1"`],
  ['\r=1', `"'\r'=1"`],
  ['\t=1', `"'\t'=1"`],
  ['\nharmless', `"'\nharmless"`],
  [' =1', "' =1"],
  ['\u00A0=1', "'\u00A0=1"],
  ['\u200B=1', "'\u200B=1"],
  ['\u202E=1', "'\u202E=1"],
  ['\u00AD\u2066=1', "'\u00AD\u2066=1"],
  ['"=1', `"'""=1"`],
  ['x;=1+1', `"x;'=1+1"`],
  ['x; =1+1', `"x;' =1+1"`],
  ['x;"=1+1', `"x;'""=1+1"`],
  ['x\t=1', `"x\t'=1"`],
  ['x\r\n=1', `"x\r\n'=1"`],
  ['x;-3.00;y', `"x;'-3.00;y"`],
  ['-3.00', '-3.00'],
  ['+3', '+3'],
  ['-3.00+1', "'-3.00+1"],
  ['7', '7'],
  ['', ''],
  ['a, b', '"a, b"'],
  ['say "x"', '"say ""x"""'],
  ['A-1=B', 'A-1=B'],
])('%j becomes %j', (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

/** Splits a file as a spreadsheet of any locale may: quotes count only where a cell begins. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quoted && character === '"' && line[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (!quoted && (character === separator || character === '\n' || character === '\r')) {
      cells.push(cell);
      cell = '';
    } else cell += character;
  }
  return [...cells, cell];
}

test('no text, split at commas, semicolons or tabs, gives a cell that begins with a formula', () => {
  const text = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '＝', ';', ',', '\t', '\n', '"', "'", ' ', '1', '.', 'a'),
  });
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(',', ';', '\t'),
      (texts, separator) => {
        for (const cell of cellsOf(`2026-03-02,${texts.map(csvCell).join(',')}`, separator)) {
          const isNumber = /^[+-]?\d+(\.\d+)?(,|$)/.test(cell);
          if (!isNumber) expect(cell).not.toMatch(/^\s*[=+\-@＝]/);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
