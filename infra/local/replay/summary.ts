import { formatAmount } from '../../../shared/money.ts';
import { counted, tableOf, type Screen } from '../demo/screen.ts';
import type { Landed } from './landed.ts';
import type { BadRecord, ReplayFile } from './record.ts';
import type { SendOutcome } from './send-file.ts';

export interface ReplayOutcome {
  readonly name: string;
  readonly file: ReplayFile;
  readonly sent: SendOutcome;
  readonly landed: Landed;
  /** Deliveries that had an effect, and those that were already known. */
  readonly effects: number;
  readonly duplicates: number;
  /** Kept until someone decides: a used id with different content, or older than what is remembered. */
  readonly inDoubt: number;
  /** Dead letters that this replay made, by reason. */
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly folder: string;
}

/** A sum that must agree with the file. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
  readonly detail: string;
}

export function checksOf(outcome: ReplayOutcome): Check[] {
  const { file, sent, landed, effects, duplicates, inDoubt, deadLetters } = outcome;
  const { accepted, ignored, rejected, repeated } = sent;
  const money = (amountMinor: number): string =>
    `${formatAmount(amountMinor, file.currency)} ${file.currency}`;
  const unreadable = unreadableOf(file);
  const warned = CONTRADICTIONS.reduce((sum, code) => sum + (sent.warnings.get(code) ?? 0), 0);
  const undecided = Math.max(warned, inDoubt);
  const grossMinor = file.items.reduce((sum, item) => sum + item.grossMinor, 0);
  const ownName = `${file.recordName}s`;
  const letters = [...deadLetters.values()].reduce((sum, count) => sum + count, 0);
  return [
    {
      what: `Every ${file.recordName} has an outcome`,
      holds:
        landed.records + ignored.records + rejected.records + repeated.records + unreadable === file.records,
      detail: `${counted(file.records, file.recordName, ownName)} = ${counted(landed.records, 'landed', 'landed')} + ${counted(ignored.records, 'ignored', 'ignored')} + ${counted(rejected.records, 'in dead letters', 'in dead letters')} + ${counted(repeated.records, 'repeated', 'repeated')} + ${counted(unreadable, 'unreadable', 'unreadable')}`,
    },
    {
      what: 'Every amount has an outcome',
      holds:
        landed.grossMinor + ignored.grossMinor + rejected.grossMinor + repeated.grossMinor === grossMinor,
      detail: `${money(grossMinor)} = ${money(landed.grossMinor)} landed + ${money(rejected.grossMinor)} in dead letters${ignored.grossMinor + repeated.grossMinor === 0 ? '' : ` + ${money(ignored.grossMinor + repeated.grossMinor)} ignored or repeated`}`,
    },
    {
      what: 'Accepted means landed',
      holds: landed.deliveries === accepted.events,
      detail: `${counted(accepted.events, 'event')} accepted, ${counted(landed.deliveries, 'event')} in the raw landing`,
    },
    {
      what: 'One effect',
      holds: effects + duplicates + inDoubt === landed.deliveries,
      detail: `${counted(landed.deliveries, 'delivery', 'deliveries')} = ${counted(effects, 'effect')} + ${counted(duplicates, 'known already', 'known already')}${inDoubt === 0 ? '' : ` + ${counted(inDoubt, 'to be decided', 'to be decided')}`}`,
    },
    {
      what: 'Refused records are kept',
      // Stock and tills each keep doubtful events.
      holds: letters <= rejected.events + 2 * inDoubt && (letters > 0 || rejected.events + inDoubt === 0),
      detail: `${counted(rejected.events, 'refusal')}, ${counted(letters, 'new dead letter')}`,
    },
    {
      what: 'Nothing is left out',
      holds: rejected.records + unreadable + undecided === 0,
      detail: `${counted(rejected.records, 'in dead letters', 'in dead letters')} (${money(rejected.grossMinor)}), ${counted(unreadable, 'unreadable', 'unreadable')}, ${counted(undecided, 'to be decided', 'to be decided')}`,
    },
  ];
}

/** Events that reuse the id or the transaction number of another one with different content: someone has to decide. */
const CONTRADICTIONS = ['id-conflict', 'transaction-id-conflict'];

/** Records that could not be sent at all; a broken record that was sent is a dead letter. */
const unreadableOf = ({ records, items }: ReplayFile): number =>
  records - items.reduce((sum, item) => sum + item.records, 0);

/** The summary at the end of a replay. */
export function replayText(outcome: ReplayOutcome, checks: readonly Check[], screen: Screen): string {
  const { file, sent, landed, name } = outcome;
  const width = Math.max(...checks.map(({ what }) => what.length));
  const titled = (title: string, counts: Iterable<readonly [string, number]>): string[] => {
    const rows = [...counts].filter(([, count]) => count > 0);
    return rows.length === 0 ? [] : ['', screen.bold(title), tableOf(rows)];
  };
  const sorted = (counts: ReadonlyMap<string, number>) => [...counts].sort(([, a], [, b]) => b - a);
  return [
    '',
    screen.bold(`${name}: ${counted(file.records, file.recordName)}, ${counted(file.items.length, 'event')}`),
    tableOf(file.notes.filter(([, count]) => count > 0)),
    ...titled('Outcome', [
      ...sorted(landed.byKind),
      ...sorted(sent.ignoredBy).map(([reason, count]) => [`ignored: ${reason}`, count] as const),
      ['dead letters', sent.rejected.events],
      ['repeated in the file', sent.repeated.events],
      ['unreadable', unreadableOf(file)],
    ]),
    ...titled('Lines of transactions', sorted(landed.byLine)),
    ...titled('Data quality, in events', sorted(landed.byQuality)),
    ...titled('Warnings, in events', sorted(sent.warnings)),
    ...refusalLines(outcome, screen),
    ...(file.bad.length === 0 ? [] : ['', screen.bold('Cannot be read')]),
    ...badLines(file.bad),
    '',
    screen.bold('Sums'),
    ...checks.map(
      ({ what, holds, detail }) =>
        `  ${holds ? screen.good('ok    ') : screen.bad('FAILED')}  ${what.padEnd(width)}  ${screen.dim(detail)}`,
    ),
    '',
    screen.dim(`All data is in ${outcome.folder}.`),
  ].join('\n');
}

/** Reasons for dead letters, the most frequent first, with the first places in the file. */
function refusalLines({ sent, name, file }: ReplayOutcome, screen: Screen): string[] {
  const refusals = [...sent.rejectedBy.values()].sort((one, other) => other.count - one.count);
  if (refusals.length === 0) return [];
  return [
    '',
    screen.bold('Dead letters: why'),
    ...refusals.slice(0, MAX_REASONS).map(({ code, where, message, count, grossMinor, lines }) => {
      const money = `${formatAmount(grossMinor, file.currency)} ${file.currency}`;
      const more = count > lines.length ? ' and more' : '';
      const place = where === '' ? '' : ` at ${where}`;
      return `  ${counted(count, 'record')}, ${money}: ${code}${place}: ${message} (${name}:${lines.join(', ')}${more})`;
    }),
    ...moreThan(refusals.length, 'reason'),
  ];
}

const MAX_REASONS = 20;

const moreThan = (length: number, what: string): string[] =>
  length <= MAX_REASONS ? [] : [`  and ${counted(length - MAX_REASONS, `more ${what}`)}`];

/** Reasons for unreadable records: the first place of each, and how many more there are. */
export function badLines(bad: ReplayFile['bad']): string[] {
  const groups = new Map<string, { first: BadRecord; last: number; count: number }>();
  for (const record of bad) {
    // A reason starts with the value, which differs between records.
    const key = JSON.stringify([record.column, record.reason.replace(/^".*?" /, '')]);
    const group = groups.get(key);
    if (group) {
      group.count += 1;
      group.last = record.line;
    } else groups.set(key, { first: record, last: record.line, count: 1 });
  }
  return [
    ...[...groups.values()].slice(0, MAX_REASONS).map(({ first, last, count }) => {
      const { file, line, column, reason } = first;
      const more =
        count === 1
          ? ''
          : ` (and ${counted(count - 1, 'more like this', 'more like this')}, the last in line ${last})`;
      return `  ${file}:${line}${column === '' ? '' : `:${column}`}: ${reason}${more}`;
    }),
    ...moreThan(groups.size, 'kind'),
  ];
}
