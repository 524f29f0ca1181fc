/**
 * The account of a row. Dynamics 365 exports hold the whole dimension string in `LedgerAccount`, such as
 * `401000-D-BER--`: the main account, then a value for each segment of the account structure, many of them empty.
 */
export type AccountForm =
  /** The text is the account. */
  | { readonly kind: 'plain' }
  /** Determined from the row itself; if that is ambiguous, the row is an error. */
  | { readonly kind: 'auto' }
  | {
      readonly kind: 'dimensions';
      readonly separator: string;
      /** Names of the segments in their order; `MainAccount` is the account and `Store` the store's dimension. */
      readonly segments: readonly string[];
    };

type AccountReading =
  | { readonly ok: true; readonly account: string; readonly store?: string }
  | { readonly ok: false; readonly reason: string };

/** @param store the row's own store dimension; empty where the file has none */
export function readAccount(text: string, store: string, form: AccountForm): AccountReading {
  if (form.kind === 'plain') return { ok: true, account: text };
  if (form.kind === 'auto') return readByItself(text, store);
  return readDimensions(text, form.separator, form.segments);
}

const MAIN_ACCOUNT = /^\d{3,}$/;

function readByItself(text: string, store: string): AccountReading {
  if (!text.includes('-') && !text.includes('|')) return { ok: true, account: text };
  const separator = text.includes('|') ? '|' : '-';
  const parts = unescapedParts(text, separator);
  const [account = ''] = parts;
  if (parts.length === 1 || !MAIN_ACCOUNT.test(account)) return { ok: true, account: text };
  const rest = parts.slice(1);
  // Values may contain the separator, as in D-BER, so search for the store in the whole rest.
  const namesStore =
    store !== '' &&
    `${separator}${rest.join(separator)}${separator}`.includes(`${separator}${store}${separator}`);
  if (separator === '|' || namesStore || rest.includes('')) return { ok: true, account };
  const reason =
    `"${text}" is either an account of that name, or the account ${account} with the dimensions ` +
    `${rest.join(', ')}: use a mapping to say which`;
  return { ok: false, reason };
}

function readDimensions(text: string, separator: string, segments: readonly string[]): AccountReading {
  const readings = alignments(unescapedParts(text, separator), separator, segments);
  const [only] = readings;
  if (only === undefined) {
    const reason = `"${text}" does not have the segments ${segments.join(separator)}`;
    return { ok: false, reason };
  }
  if (readings.length > 1) {
    const said = readings.map((values) => values.filter((value) => value !== '').join(', ')).join(' or ');
    return {
      ok: false,
      reason: `"${text}" can be read as ${said}; a value holds the separator "${separator}"`,
    };
  }
  const at = (name: string): string => only[segments.indexOf(name)] ?? '';
  const account = at('MainAccount');
  if (account === '') return { ok: false, reason: `"${text}" has no main account` };
  return { ok: true, account, ...(segments.includes('Store') && { store: at('Store') }) };
}

/**
 * The values of the segments. Dimension values may hold the separator, as in D-BER; then there are more parts than
 * segments, and neighbouring parts are joined in every way that is possible. A main account never holds it, and nor does
 * a value begin or end with it. Empty segments at the end may be left out.
 */
function alignments(
  parts: readonly string[],
  separator: string,
  segments: readonly string[],
): readonly (readonly string[])[] {
  if (parts.length > MAX_PARTS) return [];
  if (parts.length <= segments.length)
    return [[...parts, ...Array<string>(segments.length - parts.length).fill('')]];
  const found: string[][] = [];
  const place = (values: readonly string[], from: number): void => {
    if (found.length > MAX_READINGS) return;
    if (values.length === segments.length) {
      if (from === parts.length) found.push([...values]);
      return;
    }
    const longest = segments[values.length] === 'MainAccount' ? 1 : parts.length - from;
    for (let length = 1; length <= longest; length += 1) {
      const joined = parts.slice(from, from + length);
      if (length > 1 && joined.includes('')) break;
      place([...values, joined.join(separator)], from + length);
    }
  };
  place([], 0);
  return found;
}
const MAX_PARTS = 30;
const MAX_READINGS = 4;

/** Parts between separators; Dynamics writes a separator within a value with a backslash. */
function unescapedParts(text: string, separator: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const isEscape = character === '\\' && at + 1 < text.length;
    if (isEscape) at += 1;
    if (!isEscape && character === separator) parts.push('');
    else parts[parts.length - 1] += text.charAt(at);
  }
  return parts;
}
