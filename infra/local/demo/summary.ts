import { labelOf } from '../../../shared/alert-rules/all-rules.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { CATEGORIES } from '../../../shared/reconciliation/exception.ts';
import type { Observed } from './observed.ts';
import { counted, grouped, tableOf, type Screen } from './screen.ts';
import type { SendCounts, SendProgress } from './sender.ts';
import type { Verdict } from './verdict.ts';

/** The content of a run's summary. */
export interface RunOutcome {
  readonly stores: number;
  readonly dates: readonly BusinessDate[];
  /** Distinct events that the webhook answered with 2xx. */
  readonly acknowledged: number;
  readonly progress: readonly SendProgress[];
  readonly observed: Observed;
  readonly verdict: Verdict;
  readonly url: string;
  readonly folder: string;
}

/** The same as plain data, for programs: `summary.json` in the data folder. */
export function summaryJson(outcome: RunOutcome): object {
  const { observed, verdict } = outcome;
  return {
    stores: outcome.stores,
    dates: outcome.dates,
    sent: sumCounts(outcome.progress),
    acknowledged: outcome.acknowledged,
    landed: observed.raw.lines,
    distinct: observed.raw.eventIds.size,
    duplicates: duplicatesIn(observed),
    deadLetters: Object.fromEntries(observed.deadLetters),
    alerts: Object.fromEntries(
      verdict.alerts.map(({ kind, raised, planted, found, falseAlarms }) => [
        kind,
        { raised, planted, found, falseAlarms: falseAlarms.map(({ title }) => title) },
      ]),
    ),
    daysReconciled: observed.reports.size,
    exceptions: verdict.ledger.byCategory,
    plantedDifferences: {
      planted: verdict.ledger.planted,
      found: verdict.ledger.foundFaults.length,
      missed: verdict.ledger.missed.map(({ faultId }) => faultId),
    },
    foreignEvents: observed.raw.eventIds.size - outcome.acknowledged,
    foreignExceptions: verdict.ledger.foreign.length,
    unplannedExceptions: verdict.ledger.unplanned.length,
    promises: verdict.promises,
    holds: verdict.holds,
  };
}

/** The summary at the end of a run. @param staysUp whether the pages stay available. */
export function summaryText(outcome: RunOutcome, screen: Screen, staysUp: boolean): string {
  return [
    '',
    ...events(outcome, screen),
    '',
    ...alerts(outcome, screen),
    '',
    ...books(outcome, screen),
    '',
    ...promises(outcome, screen),
    '',
    ...(staysUp ? whereToLook(outcome, screen) : []),
    screen.dim(`  All data is in ${outcome.folder}: logs, received alerts, summary.json.`),
  ].join('\n');
}

function events({ progress, acknowledged, observed, dates, stores }: RunOutcome, screen: Screen): string[] {
  const counts = sumCounts(progress);
  const [median, slowest] = quantiles(progress.flatMap(({ answerMs }) => answerMs));
  const period = dates.length === 1 ? `${dates[0]}` : `${dates[0]} to ${dates[dates.length - 1]}`;
  const letters = [...observed.deadLetters];
  const foreign = observed.raw.eventIds.size - acknowledged;
  return [
    screen.bold(`Events of ${counted(stores, 'store')}, ${period}`),
    tableOf([
      ['Sent, with repeats and interruptions', counts.deliveries, ''],
      ['Acknowledged, each once', acknowledged, ''],
      ['Landed', observed.raw.lines, ''],
      ['  different events', observed.raw.eventIds.size, ''],
      ['  duplicates, counted once', duplicatesIn(observed), ''],
      ['Dead letters', letters.reduce((sum, [, count]) => sum + count, 0), ''],
      ...letters.map(([code, count]) => [`  ${code}`, count, '']),
    ]),
    ...(foreign > 0
      ? [
          `  ${counted(foreign, 'event')} came from other senders. They count like all others, and are listed separately below.`,
        ]
      : []),
    screen.dim(
      `  ${counted(counts.requests, 'request')}, answered in ${median} ms (median) and ${slowest} ms (99 %); ` +
        `${counted(counts.interrupted, 'connection')} cut, ${counted(counts.offline, 'event')} from offline tills, ` +
        `${counts.forgedRefused} of ${counted(counts.forged, 'forgery', 'forgeries')} refused`,
    ),
  ];
}

function alerts({ verdict }: RunOutcome, screen: Screen): string[] {
  const rows = verdict.alerts.map(({ kind, raised, planted, found, missed, falseAlarms }) => [
    labelOf(kind),
    raised,
    planted,
    found,
    missed.length,
    falseAlarms.length,
  ]);
  return [
    screen.bold('Alerts received'),
    tableOf([['', 'raised', 'planted', 'found', 'missed', 'false'], ...rows]),
    ...shortened(
      verdict.alerts.flatMap((one) => [
        ...one.missed.map((fault) => screen.bad(`  missed  ${fault.storeId}  ${fault.what}`)),
        ...one.falseAlarms.map(({ title }) => screen.bad(`  false   ${title}`)),
        ...one.foundFaults.map((fault) => screen.dim(`  found   ${fault.storeId}  ${fault.what}`)),
      ]),
    ),
  ];
}

function books({ verdict, observed }: RunOutcome, screen: Screen): string[] {
  const { ledger } = verdict;
  const reports = [...observed.reports.values()];
  const cells = reports.reduce((sum, { proof }) => sum + proof.cells, 0);
  const categories = CATEGORIES.filter((category) => (ledger.byCategory[category] ?? 0) > 0);
  // A file is read once for each of its dates.
  const badRows = new Set(
    reports
      .flatMap(({ ledgerRowErrors }) => ledgerRowErrors)
      .map(({ file, line, column, reason }) => `${file}:${line}: ${column} ${reason}`),
  );
  return [
    screen.bold(`Books: ${counted(reports.length, 'day')} reconciled, ${counted(cells, 'cell')}`),
    categories.length === 0
      ? '  no exceptions'
      : tableOf(categories.map((category) => [category, ledger.byCategory[category] ?? 0])),
    `  ${counted(ledger.planted, 'fault')} planted: ${grouped(ledger.foundFaults.length)} found with their exact amounts, ` +
      `${grouped(ledger.missed.length)} missed; ${counted(ledger.unplanned.length, 'other exception')}` +
      (ledger.foreign.length > 0 ? `; ${grouped(ledger.foreign.length)} about other senders' events` : ''),
    ...shortened([
      ...ledger.missed.map((fault) =>
        screen.bad(`  missed  ${fault.storeId}  ${fault.what} (${fault.reference})`),
      ),
      ...ledger.foreign.map(({ category, storeId, subject, detail }) =>
        screen.dim(`  theirs  ${storeId}  ${category} of ${subject}: ${detail}`),
      ),
      ...ledger.unplanned.map(({ category, storeId, subject, detail }) =>
        screen.bad(`  other   ${storeId}  ${category} of ${subject}: ${detail}`),
      ),
      ...ledger.foundFaults.map((fault) =>
        screen.dim(`  found   ${fault.storeId}  ${fault.what} (${fault.reference})`),
      ),
    ]),
    ...shortened([...badRows].map((text) => screen.dim(`  ${text}`))),
  ];
}

function promises({ verdict }: RunOutcome, screen: Screen): string[] {
  const width = Math.max(...verdict.promises.map(({ promise }) => promise.length));
  return [
    screen.bold('Promises'),
    ...verdict.promises.map(
      ({ promise, holds, detail }) =>
        `  ${holds ? screen.good('ok    ') : screen.bad('FAILED')}  ${promise.padEnd(width)}  ${holds ? screen.dim(detail) : detail}`,
    ),
  ];
}

function whereToLook({ url }: RunOutcome, screen: Screen): string[] {
  return [
    screen.bold('Look around'),
    `  ${url}/finance     the days and their exceptions`,
    `  ${url}/operations  alerts and dead letters`,
    `  ${url}/health`,
    screen.dim(
      '  The pages ask you to sign in: choose a name and a role, there is no password on this machine.',
    ),
  ];
}

/** Per section: a long chain has more than people read here; the rest is in summary.json. */
const MAX_LISTED = 16;

function shortened(lines: readonly string[]): string[] {
  const rest = lines.length - MAX_LISTED;
  return rest <= 0 ? [...lines] : [...lines.slice(0, MAX_LISTED), `  and ${grouped(rest)} more`];
}

const duplicatesIn = ({ raw }: Observed): number => raw.lines - raw.unreadable - raw.eventIds.size;

function sumCounts(progress: readonly SendProgress[]): SendCounts {
  const keys = Object.keys(progress[0]?.counts ?? {}) as (keyof SendCounts)[];
  return Object.fromEntries(
    keys.map((key) => [key, progress.reduce((sum, { counts }) => sum + counts[key], 0)]),
  ) as unknown as SendCounts;
}

function quantiles(answerMs: readonly number[]): [median: number, slowest: number] {
  const sorted = [...answerMs].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return [at(0.5), at(0.99)];
}
