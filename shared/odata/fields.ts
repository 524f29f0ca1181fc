import { PermanentError } from '../errors.ts';
import type { EntityType, ODataMetadata } from './metadata.ts';

/** The collection and fields that are to be read, with their names in this service. */
export interface ResolvedCollection<Field extends string> {
  readonly collection: string;
  readonly type: EntityType;
  /** Undefined for an optional field that the service does not have. */
  readonly fields: Readonly<Record<Field, string | undefined>>;
}

/** Names of a field, the configured or the usual one first. */
interface FieldWish {
  readonly names: readonly string[];
  readonly optional?: boolean;
}

export interface CollectionWish<Field extends string> {
  /** What it is for, in messages. */
  readonly purpose: string;
  /** Where the names are configured, in messages. */
  readonly configuredIn: string;
  readonly names: readonly string[];
  readonly fields: Readonly<Record<Field, FieldWish>>;
}

/**
 * Finds the names that this version of the service uses. They differ in upper and lower case as well: `BusinessDate` and
 * `businessDate`. Microsoft's own `RreceiptId` is a further name like any other.
 * @throws PermanentError `odata-collection` or `odata-field`, which say what is missing, where, what there is instead and
 * where to configure it.
 */
export function resolveCollection<Field extends string>(
  metadata: ODataMetadata,
  wish: CollectionWish<Field>,
): ResolvedCollection<Field> {
  const found = firstOf(wish.names, [...metadata.collections.keys()]);
  const type = found === undefined ? undefined : metadata.collections.get(found);
  if (found === undefined || !type)
    throw new PermanentError(
      'odata-collection',
      `$metadata has no collection ${wish.names.join(' or ')} (${wish.purpose})${alike(wish.names, metadata.collections.keys())}. ` +
        `Set its name in ${wish.configuredIn}, or give the app the rights to see it`,
      { where: '$metadata' },
    );
  const names = [...type.properties.keys()];
  const fields: Partial<Record<Field, string | undefined>> = {};
  for (const [field, { names: wished, optional = false }] of Object.entries(wish.fields) as [
    Field,
    FieldWish,
  ][]) {
    const name = firstOf(wished, names);
    if (name === undefined && !optional)
      throw new PermanentError(
        'odata-field',
        `$metadata has no field ${wished.join(' or ')} in ${found}${alike(wished, names)}. Set its name as "${field}" in ${wish.configuredIn}`,
        { where: `$metadata ${found}` },
      );
    fields[field] = name;
  }
  return { collection: found, type, fields: fields as Readonly<Record<Field, string | undefined>> };
}

function firstOf(wished: readonly string[], names: readonly string[]): string | undefined {
  for (const wish of wished) if (names.includes(wish)) return wish;
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  for (const wish of wished) {
    const found = byLower.get(wish.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

const MAX_ALIKE = 5;

/** Names that share their first letters with a wish, which is what a typing error or another version looks like. */
function alike(wished: readonly string[], names: Iterable<string>): string {
  const starts = wished.map((wish) => wish.slice(0, 8).toLowerCase());
  const found = [...names].filter((name) => starts.some((start) => name.toLowerCase().startsWith(start)));
  return found.length === 0 ? '' : `; there is ${found.slice(0, MAX_ALIKE).join(', ')}`;
}
