import { alertSchema, type Alert } from '../../shared/alerts/alert.ts';
import { limitsOf, type LimitsFile } from '../../shared/alerts/limits.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { TILL_RULES } from '../../shared/tills/rules/list.ts';
import { newTillBook, type TillBook } from '../../shared/tills/till-book.ts';
import type { TillContext } from '../../shared/tills/till-context.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { BERLIN, positioned, PRODUCTS } from './stream-events.ts';
import { storeId } from '../../shared/ids.ts';

/** Folds events of store S1 into a book, and gives the alerts that they raise. */
export const S1_CATALOG = { stores: new Map([[storeId('S1'), BERLIN]]), products: PRODUCTS };

export function alertsOf(
  events: readonly PosEvent[],
  context: TillContext = { catalog: S1_CATALOG },
  book: TillBook = newTillBook(),
): Alert[] {
  const from = (book.marks.get('0') ?? -1) + 1;
  const alerts = positioned(events, '0', from).flatMap((at) =>
    book.admit(at) === 'new' ? foldTills(book, at.event, context) : [],
  );
  // Channels refuse what does not fit, so every rule is checked for it wherever it is tried.
  for (const alert of alerts) expect(alertSchema.parse(alert)).toEqual(alert);
  return alerts;
}

export const kindsOf = (alerts: readonly Alert[]): string[] => alerts.map(({ kind }) => kind);

export const withLimits = (...limits: LimitsFile['limits']): TillContext => ({
  catalog: S1_CATALOG,
  limits: limitsOf({ limits }),
});

/**
 * What stands in the end: of each kind and subject the alert that came last, where it does not say that all is settled. Subjects are told
 * apart by place and evidence, as the words may count what came in another order.
 */
export function standing(alerts: readonly Alert[]): string[] {
  const last = new Map<string, Alert>();
  for (const alert of alerts) {
    const { kind, businessDate, tillId = '', operatorId = '', evidence } = alert;
    const about = CASES.has(kind) ? (evidence[0]?.transactionId ?? '') : '';
    last.set(JSON.stringify([kind, businessDate, tillId, operatorId, about]), alert);
  }
  return [...last].flatMap(([key, { severity }]) => (severity === 'info' ? [] : [key])).sort();
}

/** Of these the alert's evidence says what it is about; that of the others is what was known when the scale tipped. */
const CASES = new Set(
  TILL_RULES.filter(({ subject }) => subject === 'case' || subject === 'suspended').map(
    ({ kind }): string => kind,
  ),
);
