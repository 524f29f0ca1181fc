/**
 * Why this version must not read a stored message or file: a later version wrote it in a format of its own. Content
 * without a number has the first format, since the first readers refuse fields that they do not know.
 * @returns undefined for a format up to `newest`.
 */
export function laterFormatReason(content: unknown, newest: number): string | undefined {
  const format = typeof content === 'object' && content !== null && 'format' in content ? content.format : 1;
  if (typeof format === 'number' && Number.isInteger(format) && format >= 1 && format <= newest)
    return undefined;
  return (
    `It has format ${JSON.stringify(format)}, and this version reads up to ${newest}: ` +
    'deploy the version that wrote it, then replay it'
  );
}
