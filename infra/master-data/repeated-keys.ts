export interface RepeatedKey {
  /** The object that has the key twice. */
  readonly path: readonly (string | number)[];
  readonly key: string;
}

interface Open {
  /** Keys so far; undefined for an array. */
  readonly keys: Set<string> | undefined;
  /** The key or index that the next value has. */
  at: string | number;
}

/**
 * Keys that an object of a valid JSON text has more than once. `JSON.parse` silently keeps the last of them, so
 * a mistake could override a store's setting.
 */
export function repeatedKeys(json: string): RepeatedKey[] {
  const found: RepeatedKey[] = [];
  const open: Open[] = [];
  const pathOf = (): (string | number)[] => open.slice(0, -1).map(({ at }) => at);
  // Strings, and the characters that give JSON its structure.
  for (const match of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\],]/g)) {
    const [token, colon] = match;
    const top = open.at(-1);
    if (token === '{') open.push({ keys: new Set(), at: '' });
    else if (token === '[') open.push({ keys: undefined, at: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') {
      if (top && typeof top.at === 'number') top.at += 1;
    } else if (colon !== undefined && top?.keys) {
      const key = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      if (top.keys.has(key)) found.push({ path: pathOf(), key });
      top.keys.add(key);
      top.at = key;
    }
  }
  return found;
}
