import type { Alert } from './alert.ts';

/**
 * What is said to a route at one time: an alert, or several as a digest. Channels turn it into their own form; none of
 * them decides what is said.
 */
export interface Notice {
  /** The same whenever this notice is sent to this route, so a receiver can drop repeats. */
  readonly noticeId: string;
  readonly reason: NoticeReason;
  readonly items: readonly [NoticeItem, ...NoticeItem[]];
  /** What the alerts themselves do not say, such as who has not answered; one sentence. */
  readonly remark?: string | undefined;
}

/** `again`: a snooze or a mute has ended, and it is still open. */
export type NoticeReason = 'raised' | 'digest' | 'escalated' | 'again';

export interface NoticeItem {
  readonly alert: Alert;
  /** When it was raised, in the store's own time with the zone's name. */
  readonly raisedAtText: string;
  /** Where people answer it; none where the deployment has no key for links. */
  readonly links: readonly NoticeLink[];
}

interface NoticeLink {
  readonly label: string;
  readonly url: string;
}

const SEVERITY_NAMES = { critical: 'critical', warning: 'warning', info: 'info' } as const;

/** One line: what a phone shows first. */
export function titleOf({ reason, items }: Notice): string {
  const [{ alert }] = items;
  if (items.length === 1) {
    const before = reason === 'escalated' ? 'Escalated: ' : reason === 'again' ? 'Still open: ' : '';
    return `${before}${alert.title}`;
  }
  const counts = (['critical', 'warning', 'info'] as const).flatMap((severity) => {
    const count = items.filter((item) => item.alert.severity === severity).length;
    return count === 0 ? [] : [`${count} ${SEVERITY_NAMES[severity]}`];
  });
  return `${items.length} alerts: ${counts.join(', ')}`;
}

/** The most urgent severity of all its alerts. */
export function severityOf({ items }: Notice): Alert['severity'] {
  const severities = new Set(items.map(({ alert }) => alert.severity));
  return (['critical', 'warning'] as const).find((severity) => severities.has(severity)) ?? 'info';
}

/** Name and value pairs that every channel shows below the text. */
export function factsOf({ alert, raisedAtText }: NoticeItem): readonly (readonly [string, string])[] {
  const { severity, storeId, tillId, operatorId, productId } = alert;
  return [
    ['Severity', severity],
    ['Store', storeId],
    ...(tillId === undefined ? [] : [['Till', tillId] as const]),
    ...(operatorId === undefined ? [] : [['Operator', operatorId] as const]),
    ...(productId === undefined ? [] : [['Product', productId] as const]),
    ['Raised at', raisedAtText],
  ];
}

/** Control characters would end a line or a header, or hide text; people read a space there. */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- These very characters are replaced.
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');

/** The same for a text of several lines: line feeds stay. */
export const printableLines = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map(printable)
    .join('\n');
