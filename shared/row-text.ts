/**
 * Long texts in table rows. A string property holds 64 KiB of UTF-16, so a longer text is cut over the properties
 * `t0`, `t1` and so on; a row holds at most 1 MiB.
 */
const MAX_PROPERTY_CHARS = 32_000;

export function textProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  let part = 0;
  for (let from = 0; from < text.length; part += 1) {
    let to = Math.min(from + MAX_PROPERTY_CHARS, text.length);
    // A cut between the halves of a surrogate pair would destroy the character.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    properties[`t${part}`] = text.slice(from, to);
    from = to;
  }
  return properties;
}

/**
 * A text for one property, which must never make a whole row fail: what is too long is cut at a whole character, and
 * says how much is missing.
 * @param maxChars in UTF-16 units, at least 50.
 */
export function boundedText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  let to = maxChars - CUT_NOTE_CHARS;
  if (isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
  return `${text.slice(0, to)}… (${text.length - to} more characters)`;
}

/** Room for the note with any length that a text can have. */
const CUT_NOTE_CHARS = 40;

export function textOf(row: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (let part = 0; typeof row[`t${part}`] === 'string'; part += 1) text += row[`t${part}`] as string;
  return text;
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
