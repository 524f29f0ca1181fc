/** @returns the parameters of an address by their names in the route; undefined where it is not one of the route's. */
export function paramsOf(route: string, path: string): Record<string, string> | undefined {
  const [expected, given] = [segmentsOf(route), segmentsOf(path)];
  if (expected.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = decoded(given[index] ?? '');
    if (value === undefined) return undefined;
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name !== undefined) params[name] = value;
    else if (segment !== value.toLowerCase()) return undefined;
  }
  return params;
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Malformed encoding names no page.
    return undefined;
  }
}
