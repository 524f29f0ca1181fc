const START = /<(?:[\w.-]+:)?Transaction(?=[\s>/])/g;
const END = /<\/(?:[\w.-]+:)?Transaction\s*>/g;

/**
 * Cuts a POSLog into its `Transaction` elements by their tags alone, so that one of them may be broken. The last one
 * may lack its end. Each piece can be sent to `POST /webhooks/poslog` by itself.
 */
export function cutTransactions(text: string): string[] {
  const starts = [...text.matchAll(START)].map((match) => match.index);
  return starts.map((start, index) => {
    const next = starts[index + 1] ?? text.length;
    END.lastIndex = start;
    const end = END.exec(text);
    return text.slice(start, end && end.index < next ? end.index + end[0].length : next);
  });
}
