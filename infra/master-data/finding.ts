/** One error or warning in a master data folder. */
export interface Finding {
  /** `error`: the product rejects it, or would lose or misplace data. `warning`: worth a look. */
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** JSON Pointer (RFC 6901) to the value: `/stores/3/currency`; empty for the file itself. */
  readonly path: string;
  /** The current value, as shortened JSON; undefined if there is none. */
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
