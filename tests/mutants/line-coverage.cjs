/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
const { readFileSync } = require('node:fs');
const { SourceMap } = require('node:module');

/** How often the innermost range that holds this offset ran. */
function countAt(functions, offset) {
  let [innermost, count] = [Infinity, 0];
  for (const { ranges } of functions) {
    for (const range of ranges) {
      const size = range.endOffset - range.startOffset;
      if (range.startOffset <= offset && offset < range.endOffset && size <= innermost)
        [innermost, count] = [size, range.count];
    }
  }
  return count;
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
  const lines = new Set();
  let lineStart = 0;
  code.split('\n').forEach((text, generatedLine) => {
    for (const { index } of text.matchAll(/\S+/g)) {
      if (countAt(result.functions, wrapperLength + lineStart + index) === 0) continue;
      const { originalLine } = map.findEntry(generatedLine, index);
      if (originalLine !== undefined) lines.add(originalLine + 1);
    }
    lineStart += text.length + 1;
  });
  return [...lines].sort((left, right) => left - right);
};
