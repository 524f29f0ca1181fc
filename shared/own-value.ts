/**
 * Looks a name that was sent up in a table of ours. `table[name]` alone would also find what every object inherits: a
 * field called `toString` or `constructor` must be as unknown as any other.
 */
export function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
