/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
const { readFileSync } = require('node:fs');
const { SourceMap } = require('node:module');

/** For each offset whether the innermost range that holds it ran: small ranges are painted over large ones. */
function paint(functions, length) {
  const ran = new Uint8Array(length);
  const size = ({ startOffset, endOffset }) => endOffset - startOffset;
  const ranges = functions.flatMap((one) => one.ranges).sort((left, right) => size(right) - size(left));
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return ran;
}

/**
 * The lines of one TypeScript file (1-based, ascending) that ran, from V8's coverage of its compiled text. A line
 * counts as soon as any piece of it ran.
 *
 * @param {{ codeTransformResult: object, result: object }} covered one element of Jest's `v8Coverage`
 */
module.exports.linesOf = ({ codeTransformResult, result }) => {
  const { code, sourceMapPath, wrapperLength = 0 } = codeTransformResult;
  const map = new SourceMap(JSON.parse(readFileSync(sourceMapPath, 'utf8')));
  const ran = paint(result.functions, wrapperLength + code.length);
  const lines = new Set();
  let lineStart = 0;
  code.split('\n').forEach((text, generatedLine) => {
    for (const { index } of text.matchAll(/\S+/g)) {
      if (ran[wrapperLength + lineStart + index] === 0) continue;
      const { originalLine } = map.findEntry(generatedLine, index);
      if (originalLine !== undefined) lines.add(originalLine + 1);
    }
    lineStart += text.length + 1;
  });
  return [...lines].sort((left, right) => left - right);
};
