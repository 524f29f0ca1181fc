/** Where a consumer wants to begin. */
export type StartPosition =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset' | 'sequence' | 'time'; readonly value: number; readonly isInclusive: boolean };

/** A selector that the endpoint does not understand; the consumer must hear of it rather than miss events. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const KINDS = {
  'x-opt-offset': 'offset',
  'x-opt-sequence-number': 'sequence',
  'x-opt-enqueued-time': 'time',
  // What older clients send for the enqueued time.
  'x-opt-enqueuedtimeutc': 'time',
} as const;

const CLAUSE = /^\s*amqp\.annotation\.([a-z-]+)\s*(>=?)\s*'?([^'\s]*)'?\s*$/i;

/**
 * Reads the one clause that Event Hubs clients send, such as `amqp.annotation.x-opt-offset > '4711'`. `-1` stands for
 * the start of the partition, `@latest` for its end. Without a filter a consumer starts at the start.
 * @throws SelectorError
 */
export function parseSelector(selector: string | undefined): StartPosition {
  if (selector === undefined) return { kind: 'earliest' };
  const [, annotation = '', operator, value = ''] = CLAUSE.exec(selector) ?? [];
  const kind = (KINDS as Record<string, 'offset' | 'sequence' | 'time' | undefined>)[
    annotation.toLowerCase()
  ];
  if (!kind) throw new SelectorError(`The filter "${selector}" is not supported`);
  if (kind === 'offset' && value === '@latest') return { kind: 'latest' };
  if (kind !== 'time' && value === '-1') return { kind: 'earliest' };
  if (!/^-?\d+$/.test(value)) throw new SelectorError(`The filter "${selector}" has no valid position`);
  return { kind, value: Number(value), isInclusive: operator === '>=' };
}
