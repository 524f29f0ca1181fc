/**
 * W3C Trace Context: `traceparent` is the correlation id of an event from webhook to report.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export type RandomHex = (bytes: number) => string;

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;

/** The sender's trace goes on where its header is valid; otherwise a new, sampled trace begins here. */
export function traceparentOf(header: string | null | undefined, randomHex: RandomHex): string {
  const match = header ? HEADER.exec(header.trim().toLowerCase()) : null;
  if (match) {
    const [, version, traceId = '', parentId = '', flags, rest] = match;
    // Version ff is forbidden, and version 00 has exactly four fields; later versions may append some.
    const known = version !== 'ff' && (version !== '00' || rest === undefined);
    if (known && !ALL_ZERO.test(traceId) && !ALL_ZERO.test(parentId))
      return `00-${traceId}-${parentId}-${flags}`;
  }
  return `00-${nonZero(randomHex, 16)}-${nonZero(randomHex, 8)}-01`;
}

function nonZero(randomHex: RandomHex, bytes: number): string {
  const hex = randomHex(bytes);
  return ALL_ZERO.test(hex) ? `${hex.slice(0, -1)}1` : hex;
}
