import { ALERT_KINDS, isByClock } from '../../../shared/alert-rules/all-rules.ts';
import type { Alert } from '../../../shared/alerts/alert.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import type { Category, ReconciliationException } from '../../../shared/reconciliation/exception.ts';
import { cellKey, type Expected } from './expected.ts';
import { BAD_AMOUNT, type LedgerFaultKind, type PlantedDifference } from './ledger-faults.ts';
import type { Observed } from './observed.ts';
import { counted } from './screen.ts';
import type { PlantedAlert } from './till-faults.ts';

/** The outcome of a run: what was planted, found and missed, and whether the promises held. */
export interface Verdict {
  readonly alerts: readonly AlertVerdict[];
  readonly ledger: LedgerVerdict;
  readonly promises: readonly PromiseVerdict[];
  readonly holds: boolean;
}

interface AlertVerdict {
  readonly kind: string;
  readonly raised: number;
  readonly planted: number;
  readonly found: number;
  readonly foundFaults: readonly PlantedAlert[];
  readonly missed: readonly PlantedAlert[];
  readonly falseAlarms: readonly Alert[];
}

interface LedgerVerdict {
  readonly planted: number;
  readonly foundFaults: readonly PlantedDifference[];
  readonly missed: readonly PlantedDifference[];
  /** Exceptions about other senders' events. */
  readonly foreign: readonly ReconciliationException[];
  /** All other exceptions that no planted fault explains. */
  readonly unplanned: readonly ReconciliationException[];
  readonly byCategory: Readonly<Record<string, number>>;
}

interface PromiseVerdict {
  readonly promise: string;
  readonly holds: boolean;
  /** What was compared, with its figures; if it does not hold, what is wrong. */
  readonly detail: string;
}

export function runVerdict(expected: Expected, observed: Observed, acknowledged: number): Verdict {
  // Those of rules that another version knows are there too.
  const kinds = new Set([...ALERT_KINDS, ...observed.alerts.map(({ kind }) => kind)]);
  const alerts = [...kinds].map((kind) => judgeAlerts(kind, expected, observed));
  const ledger = judgeLedger(expected, observed);
  const promises = [
    durable(expected, observed, acknowledged),
    oneEffect(expected, observed),
    nothingVanishes(expected, observed),
    orderPerStore(observed),
    booksProve(expected, observed),
    noCardData(observed),
    replayIsTheSame(observed),
  ];
  return { alerts, ledger, promises, holds: promises.every(({ holds }) => holds) };
}

function judgeAlerts(kind: string, expected: Expected, observed: Observed): AlertVerdict {
  const raised = observed.alerts.filter((alert) => alert.kind === kind);
  const planted = expected.plantedAlerts.filter((fault) => fault.alert === kind);
  const missed = planted.filter((fault) => !raised.some((alert) => isAbout(alert, fault)));
  return {
    kind,
    raised: raised.length,
    planted: planted.length,
    found: planted.length - missed.length,
    foundFaults: planted.filter((fault) => !missed.includes(fault)),
    missed,
    falseAlarms: raised.filter(
      (alert) => !isRecovery(alert) && !planted.some((fault) => isAbout(alert, fault)),
    ),
  };
}

/** Word that what was planted the day before is over. */
const isRecovery = ({ kind, severity }: Alert): boolean => isByClock(kind) && severity === 'info';

function isAbout(alert: Alert, fault: PlantedAlert): boolean {
  if (alert.kind !== fault.alert || alert.storeId !== fault.storeId) return false;
  if (alert.businessDate !== fault.date) return false;
  return 'product' in fault
    ? alert.productId === fault.product.productId
    : alert.tillId === fault.tillId && alert.operatorId === fault.operatorId;
}

/** The exception categories of each planted difference. */
const FOUND_AS: Readonly<Record<LedgerFaultKind, readonly Category[]>> = {
  'missing-posting': ['missing-in-ledger'],
  'duplicate-posting': ['duplicate-posting'],
  'wrong-amount': ['amount-differs'],
  'wrong-store': ['wrong-store'],
  'wrong-account': ['wrong-account'],
  'wrong-tender': ['wrong-tender'],
  'wrong-tax': ['tax-differs'],
  'wrong-date': ['wrong-date'],
  'unknown-entry': ['missing-in-pos'],
  'statement-short': ['amount-differs', 'missing-in-ledger'],
  'bad-row': ['rows-not-read'],
  'unknown-product': ['unknown-product'],
};

function judgeLedger(expected: Expected, { reports, own }: Observed): LedgerVerdict {
  const exceptions = [...reports.values()].flatMap((report) => report.exceptions);
  const byCategory: Record<string, number> = {};
  for (const { category } of exceptions) byCategory[category] = (byCategory[category] ?? 0) + 1;
  const missed = expected.plantedDifferences.filter((fault) => !isFound(fault, reports.get(fault.date)));
  const references = new Set(expected.plantedDifferences.map(({ reference }) => reference));
  const badRowDates = new Set(
    expected.plantedDifferences.filter(({ kind }) => kind === 'bad-row').map(({ date }) => date),
  );
  const unexplained = exceptions.filter(
    (exception) =>
      !refersTo(exception, references) &&
      !(isAboutBadRow(exception) && badRowDates.has(exception.businessDate)),
  );
  // A statement's exception may name many events; a single one from another sender is enough to cause it.
  const isForeign = ({ storeId, evidence }: ReconciliationException): boolean =>
    own !== undefined &&
    (!expected.stock.has(storeId) || evidence.eventIds.some((eventId) => !expected.eventIds.has(eventId)));
  return {
    planted: expected.plantedDifferences.length,
    foundFaults: expected.plantedDifferences.filter((fault) => !missed.includes(fault)),
    missed,
    foreign: unexplained.filter(isForeign),
    unplanned: unexplained.filter((exception) => !isForeign(exception)),
    byCategory,
  };
}

/** In the right category, with a reference to the cause, and with the exact amounts in the exact cells. */
function isFound(fault: PlantedDifference, report: DayReport | undefined): boolean {
  if (!report) return false;
  if (fault.kind === 'bad-row') {
    return report.ledgerRowErrors.some(({ reason }) => reason.includes(BAD_AMOUNT));
  }
  const references = new Set([fault.reference]);
  const cells = fault.cells.filter(({ date }) => date === fault.date);
  return report.exceptions.some(
    (exception) =>
      FOUND_AS[fault.kind].includes(exception.category) &&
      refersTo(exception, references) &&
      sameCells(
        exception.parts.map(({ storeId, account, amountMinor }) => `${storeId} ${account} ${amountMinor}`),
        cells.map(({ storeId, account, differenceMinor }) => `${storeId} ${account} ${differenceMinor}`),
      ),
  );
}

/** A row that cannot be read has no voucher to be known by, but its amount is quoted. */
function isAboutBadRow({ category, detail }: ReconciliationException): boolean {
  return FOUND_AS['bad-row'].includes(category) && detail.includes(BAD_AMOUNT);
}

function sameCells(found: readonly string[], planted: readonly string[]): boolean {
  return [...found].sort().join('\n') === [...planted].sort().join('\n');
}

function refersTo({ subject, evidence }: ReconciliationException, references: ReadonlySet<string>): boolean {
  return (
    references.has(subject) ||
    evidence.transactionIds.some((id) => references.has(id)) ||
    evidence.journalLines.some((line) => references.has(line.documentNumber) || references.has(line.voucher))
  );
}

function durable(expected: Expected, { raw }: Observed, acknowledged: number): PromiseVerdict {
  const missing = [...expected.eventIds].filter((id) => !raw.eventIds.has(id)).length;
  return verdictOf('P1 acknowledged means durable', [
    [
      missing === 0 && acknowledged === expected.eventIds.size,
      `${counted(acknowledged, 'event')} acknowledged, all in the raw landing`,
      `${counted(missing, 'event')} of ${counted(expected.eventIds.size, 'acknowledged event')} are not in the raw landing`,
    ],
  ]);
}

function oneEffect(
  { stock, completedOnLastDay, dates }: Expected,
  { states, own }: Observed,
): PromiseVerdict {
  const effects = own ?? states;
  let [positions, wrong] = [0, 0];
  for (const [storeId, products] of stock) {
    for (const [productId, quantityMilli] of products) {
      positions += 1;
      if (effects.onHandMilli(storeId, productId) !== quantityMilli) wrong += 1;
    }
  }
  let [completed, counts] = [0, 0];
  for (const [storeId, transactions] of completedOnLastDay) {
    completed += transactions;
    counts += effects.transactions(storeId, dates[dates.length - 1] ?? '');
  }
  return verdictOf('P2 one effect', [
    [
      wrong === 0,
      counted(positions, 'stock position'),
      `${wrong} of ${counted(positions, 'stock position')} differ`,
    ],
    [
      counts === completed,
      `${counted(completed, 'sale')} at the tills as the generator counts them`,
      `the tills count ${counts} transactions, not ${completed}`,
    ],
  ]);
}

function nothingVanishes(expected: Expected, observed: Observed): PromiseVerdict {
  const { raw, states, deadLetters, foreignLetters, alerts } = observed;
  const distinct = raw.eventIds.size;
  const repeats = raw.lines - raw.unreadable - distinct;
  const letters = [...deadLetters.values()].reduce((sum, count) => sum + count, 0);
  const folded = (['stock', 'tills'] as const).map((group) => states.tally(group));
  // Those of the clock follow from no event, so no fold counts them.
  const ofEvents = alerts.filter(({ kind }) => !isByClock(kind));
  const raised = folded.reduce((sum, tally) => sum + tally.alerts, 0);
  return verdictOf('P3 nothing vanishes', [
    [
      folded.every((tally) => tally.folded === distinct && tally.duplicates === repeats) &&
        raw.unreadable === 0,
      `${counted(raw.lines, 'delivery', 'deliveries')} = ${counted(distinct, 'effect')} + ${counted(repeats, 'duplicate')}`,
      `the landing has ${distinct} events and ${repeats} duplicates; stock counts ${folded[0]?.folded} and ${folded[0]?.duplicates}, tills ${folded[1]?.folded} and ${folded[1]?.duplicates}`,
    ],
    [
      letters - foreignLetters === expected.deadLetters,
      `${counted(letters, 'dead letter')}${foreignLetters > 0 ? `, ${foreignLetters} of them of other senders` : ''}`,
      `${counted(letters - foreignLetters, 'dead letter')}, but ${expected.deadLetters} events were refused`,
    ],
    [
      raised === ofEvents.length,
      `${counted(raised, 'alert')} raised and delivered`,
      `${counted(raised, 'alert')} raised, but ${ofEvents.length} delivered`,
    ],
  ]);
}

function orderPerStore({ raw }: Observed): PromiseVerdict {
  const scattered = [...raw.partitionsByStore].filter(([, partitions]) => partitions.size > 1);
  return verdictOf('P4 order per store', [
    [
      scattered.length === 0,
      `${counted(raw.partitionsByStore.size, 'store')}, each in one hub partition`,
      `in several hub partitions: ${scattered.map(([store]) => store).join(', ')}`,
    ],
  ]);
}

function booksProve({ posMinor, dates }: Expected, { reports, own }: Observed): PromiseVerdict {
  const unproved = dates.filter((date) => reports.get(date)?.proof.holds !== true);
  const found = new Map<string, number>();
  for (const [date, { cells }] of reports) {
    for (const cell of cells) found.set(cellKey(date, cell.storeId, cell.account), Number(cell.posMinor));
  }
  // If others have sent events too: our own must match the generator, and all together must match the report.
  const wrong = own
    ? [...unequal(posMinor, own.posMinor), ...unequal(own.allPosMinor, found)]
    : unequal(posMinor, found);
  return verdictOf('P5 the books prove themselves', [
    [
      unproved.length === 0,
      `${counted(found.size, 'cell')} proved to the minor unit`,
      `not proved: ${unproved.join(', ')}`,
    ],
    [
      wrong.length === 0,
      "their POS side is the generator's",
      `the POS side differs from the generator's in ${wrong.slice(0, 3).join('; ')}${wrong.length > 3 ? ` and ${wrong.length - 3} more` : ''}`,
    ],
  ]);
}

function unequal(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): string[] {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter((key) => (left.get(key) ?? 0) !== (right.get(key) ?? 0));
}

function noCardData({ raw }: Observed): PromiseVerdict {
  return verdictOf('P6 no card data, no names', [
    [
      raw.revealing === 0,
      'no card, customer or gift card number in the raw landing',
      `${counted(raw.revealing, 'line')} of the raw landing with card or customer numbers`,
    ],
  ]);
}

function replayIsTheSame({ states, replayed, alerts }: Observed): PromiseVerdict {
  const keys = new Set([...states.fingerprints.keys(), ...replayed.fingerprints.keys()]);
  const differing = [...keys].filter(
    (key) => states.fingerprints.get(key) !== replayed.fingerprints.get(key),
  );
  const sent = new Set<string>(alerts.filter(({ kind }) => !isByClock(kind)).map(({ alertId }) => alertId));
  const isSame = sent.size === replayed.alertIds.size && [...sent].every((id) => replayed.alertIds.has(id));
  return verdictOf('P7 replay is the same', [
    [
      differing.length === 0,
      'stock and tills rebuilt from the raw landing equal the stored ones',
      `rebuilt from the raw landing, these differ: ${differing.join(', ')}`,
    ],
    [
      isSame,
      `so are the ${counted(sent.size, 'alert')}`,
      `${counted(replayed.alertIds.size, 'alert')} made again, ${sent.size} received`,
    ],
  ]);
}

function verdictOf(
  promise: string,
  checks: readonly (readonly [holds: boolean, good: string, bad: string])[],
): PromiseVerdict {
  const broken = checks.filter(([holds]) => !holds);
  return {
    promise,
    holds: broken.length === 0,
    detail:
      broken.length === 0
        ? checks.map(([, good]) => good).join('; ')
        : broken.map(([, , bad]) => bad).join('; '),
  };
}
