import { addDays } from '../time.ts';
import type { BusinessDate } from '../ids.ts';

/** A question to one collection. Field names are those of the service. */
export interface ODataQuery {
  readonly collection: string;
  readonly select: readonly string[];
  readonly filter?: string | undefined;
  readonly orderBy?: string | undefined;
  readonly top?: number | undefined;
  /** Asks for the number of rows that fit the filter, whatever the page holds. */
  readonly count?: boolean | undefined;
}

/** Path and query below the service's root. Dynamics answers for the app's own company alone without `cross-company`. */
export function queryPath({ collection, select, filter, orderBy, top, count }: ODataQuery): string {
  const options: [string, string][] = [['cross-company', 'true']];
  if (count === true) options.push(['$count', 'true']);
  options.push(['$select', select.join(',')]);
  if (filter !== undefined) options.push(['$filter', filter]);
  if (orderBy !== undefined) options.push(['$orderby', orderBy]);
  if (top !== undefined) options.push(['$top', String(top)]);
  const text = options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `/${encodeURIComponent(collection)}?${text}`;
}

export const textLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A day, whatever time of it the service gives its dates: Dynamics writes noon in UTC. */
export function onDate(field: string, type: string, date: BusinessDate): string {
  if (type === 'Edm.Date') return `${field} eq ${date}`;
  return `${field} ge ${date}T00:00:00Z and ${field} lt ${addDays(date, 1)}T00:00:00Z`;
}

/** `(a or b)`, each a comparison with one value. */
export function isOneOf(field: string, literals: readonly string[]): string {
  const each = literals.map((literal) => `${field} eq ${literal}`);
  return each.length === 1 ? (each[0] ?? '') : `(${each.join(' or ')})`;
}

export const allOf = (...conditions: readonly (string | undefined)[]): string | undefined => {
  const given = conditions.filter((condition) => condition !== undefined && condition !== '');
  return given.length === 0 ? undefined : given.join(' and ');
};
