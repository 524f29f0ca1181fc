/** One thing to correct in a folder of master data. */
export interface Finding {
  /** An error is refused by the product, or would lose or misplace something; a warning is worth a look. */
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** JSON Pointer (RFC 6901) to the value: `/stores/3/currency`; empty for the file itself. */
  readonly path: string;
  /** The value as it stands, as JSON, shortened; undefined where there is none. */
  readonly value?: string | undefined;
  readonly message: string;
  readonly fix: string;
}

const MAX_VALUE = 80;

export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function shortJson(value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** `ERROR stores.json /stores/3/currency: "EURO" must be … Fix: …` */
export function lineOf({ severity, file, path, value, message, fix }: Finding): string {
  const place = path === '' ? file : `${file} ${path}`;
  return `${severity.toUpperCase()} ${place}: ${value === undefined ? '' : `${value} `}${message}. Fix: ${fix}.`;
}
