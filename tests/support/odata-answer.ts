/** A collection that the stand-in serves. Decimals and 64-bit integers are given as texts, and are sent as JSON numbers. */
export interface ServedCollection {
  readonly name: string;
  readonly type: string;
  readonly keys: readonly string[];
  /** Type by property; one without a dot is an enumeration of Dynamics. */
  readonly properties: Readonly<Record<string, string>>;
  /** `dataAreaId` of the app's own user: without `cross-company` only its rows are answered. */
  readonly ownCompany?: string;
  /** May change while the server runs. */
  readonly rows: Record<string, string | null>[];
}

const NUMBERS = new Set(['Edm.Decimal', 'Edm.Int64', 'Edm.Int32', 'Edm.Double']);

export function odataAnswer(
  collections: readonly ServedCollection[],
  name: string,
  url: URL,
  root: string,
  pageSize: number,
): { status: number; text: string } {
  const collection = collections.find((one) => one.name === name);
  if (!collection)
    return failure(404, `No HTTP resource was found that matches the request URI '${url.href}'.`);
  const option = (key: string): string | null => url.searchParams.get(key);
  const select = (option('$select') ?? '').split(',').filter((field) => field !== '');
  const unknown = [...select, ...fieldsIn(option('$filter') ?? '')].find(
    (field) => !Object.hasOwn(collection.properties, field),
  );
  if (unknown !== undefined)
    return failure(
      400,
      `Could not find a property named '${unknown}' on type 'Microsoft.Dynamics.DataEntities.${collection.type}'.`,
    );
  const found = ordered(
    collection.rows.filter(
      (row) =>
        (option('cross-company') === 'true' ||
          collection.ownCompany === undefined ||
          row['dataAreaId'] === collection.ownCompany) &&
        fits(row, option('$filter') ?? '', collection),
    ),
    option('$orderby') ?? '',
    collection,
  );
  const top = option('$top') === null ? found.length : Number(option('$top'));
  const from = Number(Buffer.from(option('$skiptoken') ?? '', 'base64').toString() || '0');
  const size = Math.min(pageSize, Math.max(0, top - from));
  const page = found.slice(from, from + size);
  const next = new URL(`${root}/${name}`);
  for (const [key, value] of url.searchParams) if (key !== '$skiptoken') next.searchParams.set(key, value);
  next.searchParams.set('$skiptoken', Buffer.from(String(from + size)).toString('base64'));
  const head = [
    `"@odata.context":${JSON.stringify(`${root}/$metadata#${name}`)}`,
    ...(option('$count') === 'true' ? [`"@odata.count":${found.length}`] : []),
    `"value":[${page.map((row) => jsonOf(row, select, collection)).join(',')}]`,
    ...(from + size < Math.min(top, found.length) ? [`"@odata.nextLink":${JSON.stringify(next.href)}`] : []),
  ];
  return { status: 200, text: `{${head.join(',')}}` };
}

function jsonOf(
  row: Record<string, string | null>,
  select: readonly string[],
  collection: ServedCollection,
): string {
  const fields = Object.entries(collection.properties)
    .filter(([name]) => select.length === 0 || select.includes(name))
    .map(([name, type]) => {
      const value = row[name] ?? null;
      return `${JSON.stringify(name)}:${value !== null && NUMBERS.has(type) ? value : JSON.stringify(value)}`;
    });
  const etag = `W/"${Buffer.from(JSON.stringify(row)).toString('base64').slice(0, 16)}"`;
  return `{"@odata.etag":${JSON.stringify(etag)},${fields.join(',')}}`;
}

const COMPARISON = /(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[^\s()]+(?:'[^']*')?)/y;

const fieldsIn = (filter: string): string[] =>
  [...filter.matchAll(/(\w+) (?:eq|ne|gt|ge|lt|le) /g)].map(([, field = '']) => field);

/** Comparisons, `and`, `or` and brackets, which is all that is asked here. */
function fits(row: Record<string, string | null>, filter: string, collection: ServedCollection): boolean {
  let at = 0;
  const skip = (): void => {
    while (filter[at] === ' ') at += 1;
  };
  const word = (text: string): boolean => {
    skip();
    if (!filter.startsWith(text, at)) return false;
    at += text.length;
    return true;
  };
  const term = (): boolean => {
    if (word('(')) {
      const inner = either();
      word(')');
      return inner;
    }
    skip();
    COMPARISON.lastIndex = at;
    const match = COMPARISON.exec(filter);
    if (!match) throw new Error(`The stand-in cannot read the filter ${filter} at ${at}`);
    at = COMPARISON.lastIndex;
    const [, field = '', operator = '', literal = ''] = match;
    return compares(row[field] ?? null, operator, literal, collection.properties[field] ?? '');
  };
  const both = (): boolean => {
    let result = term();
    while (word('and ')) result = term() && result;
    return result;
  };
  function either(): boolean {
    let result = both();
    while (word('or ')) result = both() || result;
    return result;
  }
  return filter === '' || either();
}

function compares(value: string | null, operator: string, literal: string, type: string): boolean {
  const wanted = /'((?:[^']|'')*)'$/.exec(literal)?.[1]?.replaceAll("''", "'") ?? literal;
  const order = value === null ? Number.NaN : orderOf(value, wanted, type);
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    default:
      return order <= 0;
  }
}

function orderOf(left: string, right: string, type: string): number {
  if (type === 'Edm.Int64') return Number(BigInt(left) - BigInt(right));
  if (NUMBERS.has(type)) return Number(left) - Number(right);
  if (type === 'Edm.DateTimeOffset') return Date.parse(left) - Date.parse(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function ordered(
  rows: readonly Record<string, string | null>[],
  orderBy: string,
  collection: ServedCollection,
): Record<string, string | null>[] {
  if (orderBy === '') return [...rows];
  const orders = orderBy.split(',').map((part) => {
    const [field = '', direction = 'asc'] = part.split(' ');
    return { field, sign: direction === 'desc' ? -1 : 1, type: collection.properties[field] ?? '' };
  });
  return [...rows].sort((left, right) => {
    for (const { field, sign, type } of orders) {
      const order = orderOf(left[field] ?? '', right[field] ?? '', type);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

function failure(status: number, message: string): { status: number; text: string } {
  const innererror = { message, type: 'Microsoft.OData.ODataException' };
  return {
    status,
    text: JSON.stringify({ error: { code: '', message: 'An error has occurred.', innererror } }),
  };
}
