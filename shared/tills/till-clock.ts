import type { Alert } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId, StoreId, TillId } from '../ids.ts';
import type { Store } from '../pos/store.ts';
import { addDays, businessDateOf, businessDayBounds, DAY_MS, HOUR_MS, minuteOf, toInstant } from '../time.ts';
import { cashierRates } from './cashier-rates.ts';
import { dayViewOf, type DayTally } from './day-tally.ts';
import type { RateView } from './rate-view.ts';
import { tillAlert, type AnyTillRule, type Place, type Trigger } from './rules/rule.ts';
import { openOn } from './trading-hours.ts';
import type { Shift } from './shift.ts';
import { isDay, shiftsIn, type TillRecord } from './till-book.ts';
import type { Settled } from './till-context.ts';
import type { SilenceView } from './silence-view.ts';

/**
 * What the clock raises and no event does. It changes nothing of what is kept of a store: an alert's id follows from what it is
 * about, so asking again, on another instance or in a replay, says nothing new.
 */
export interface Watched {
  readonly storeId: StoreId;
  readonly store: Store;
  /** By their key, as they are stored. */
  readonly records: ReadonlyMap<string, TillRecord>;
}

/** Tills that fell silent, and sales that stay suspended. */
export function watchTills(watched: Watched, nowMs: number, settled: Settled): Alert[] {
  return [...silentTills(watched, nowMs, settled), ...suspendedSales(watched, nowMs, settled)];
}

const MOST_EVENTS = 100;

function silentTills({ storeId, store, records }: Watched, nowMs: number, settled: Settled): Alert[] {
  const businessDate = dateAt(store, nowMs);
  const open = openOn(store, businessDate).find(({ fromMs, toMs }) => nowMs >= fromMs && nowMs <= toMs);
  const heard = tillsHeard(records.values(), nowMs);
  return [...heard].flatMap(([tillId, { lastAtMs, events, isOpen }]) => {
    if (!isOpen) return [];
    const others = [...heard].flatMap(([id, other]) => (id === tillId ? [] : [other.lastAtMs]));
    const view: SilenceView = {
      tillId,
      businessDate,
      nowMs,
      lastAtMs,
      openSinceMs: open?.fromMs,
      othersLastAtMs: others.length === 0 ? undefined : Math.max(...others),
      eventsThatDay: events,
    };
    // The silence is known by when it began.
    return settled.rules.silence.flatMap((rule) =>
      say(
        rule,
        view,
        { tillId, businessDate },
        [tillId, String(lastAtMs)],
        triggerOf(storeId, nowMs),
        settled,
      ),
    );
  });
}

interface Heard {
  readonly lastAtMs: number;
  readonly events: number;
  /** Its newest shift was not closed, or it names none. */
  readonly isOpen: boolean;
}

function tillsHeard(records: Iterable<TillRecord>, nowMs: number): Map<TillId, Heard> {
  const heard = new Map<TillId, Heard>();
  const byTill = new Map<TillId, Shift[]>();
  for (const shift of shiftsIn(records)) {
    if (nowMs - shift.newestAtMs > 2 * DAY_MS) continue;
    byTill.set(shift.tillId, [...(byTill.get(shift.tillId) ?? []), shift]);
  }
  for (const [tillId, shifts] of byTill) {
    const newest = shifts.reduce((one, other) => (other.newestAtMs > one.newestAtMs ? other : one));
    const sameDay = shifts.filter(({ businessDate }) => businessDate === newest.businessDate);
    const events = sameDay.reduce((sum, { sums }) => sum + (sums['events'] ?? 0), 0);
    const isOpen = newest.closing === undefined;
    heard.set(tillId, { lastAtMs: newest.newestAtMs, events: Math.min(MOST_EVENTS, events), isOpen });
  }
  return heard;
}

function suspendedSales({ storeId, records }: Watched, nowMs: number, settled: Settled): Alert[] {
  const alerts: Alert[] = [];
  for (const [key, record] of records) {
    if (!isDay(record) || record.subject !== 'suspended' || nowMs - record.newestAtMs < HOUR_MS) continue;
    if (nowMs - record.newestAtMs > 3 * DAY_MS) continue;
    const view = dayViewOf(record, nowMs);
    const place: Place = { ...placeOfSuspended(records.values(), record), businessDate: record.businessDate };
    // The id is that of the fold's first alert about it.
    for (const rule of settled.rules.suspended)
      alerts.push(...say(rule, view, place, [key, '1'], triggerOf(storeId, nowMs), settled));
  }
  return alerts;
}

/** Who suspended it is known from the days that name it as evidence. */
function placeOfSuspended(
  records: Iterable<TillRecord>,
  { evidence }: DayTally,
): { tillId?: TillId; operatorId?: OperatorId } {
  const [event] = Object.values(evidence).flat();
  for (const record of records) {
    if (!isDay(record) || record.subject !== 'operator-day') continue;
    const isHere = Object.values(record.evidence).some((events) =>
      events.some(({ eventId }) => eventId === event?.eventId),
    );
    if (isHere) return { operatorId: record.id as OperatorId };
  }
  return {};
}

/** The cashiers whose rates stand out from their peers' at the end of a business date, where they did not the day before. */
export function judgeCashiers(
  { storeId, store, records }: Watched,
  businessDate: BusinessDate,
  settled: Settled,
): Alert[] {
  const { rates } = settled.rules;
  const { endMs } = businessDayBounds(businessDate, store.timeZone, minuteOf(store.cutOver));
  const roleOf = (operatorId: OperatorId): string => settled.limits.rolesOf({ storeId, operatorId });
  const found = (date: BusinessDate) => cashierRates(records.values(), date, rates, roleOf);
  const before = found(addDays(businessDate, -1));
  return [...found(businessDate)].flatMap(([rate, views]) =>
    views.flatMap((view) => {
      const { operatorId } = view;
      const limits = settled.limits.of(rate, { storeId, operatorId });
      const isFound = (one: RateView): boolean =>
        rate.finding(one, limits, { ...settled.known, peers: () => [] }) !== undefined;
      if (!isFound(view)) return [];
      if (before.get(rate)?.some((one) => one.operatorId === operatorId && isFound(one)) === true) return [];
      const place = { operatorId, businessDate };
      return say(rate, view, place, [operatorId, businessDate], triggerOf(storeId, endMs), settled);
    }),
  );
}

function say(
  rule: AnyTillRule,
  view: Parameters<AnyTillRule['finding']>[0],
  place: Place,
  id: readonly string[],
  trigger: Trigger,
  { limits, known }: Settled,
): Alert[] {
  const { tillId, operatorId } = place;
  const own: unknown = limits.of(rule, { storeId: trigger.storeId, tillId, operatorId });
  const finding = rule.finding(view, own, { ...known, peers: () => [] });
  return finding ? [tillAlert(trigger, rule.kind, place, id, rule.words(finding, view, own))] : [];
}

const triggerOf = (storeId: StoreId, atMs: number): Trigger => {
  const at = toInstant(atMs);
  return { storeId, traceparent: '', occurredAt: at, receivedAt: at };
};

const dateAt = ({ timeZone, cutOver }: Store, atMs: number): BusinessDate =>
  businessDateOf(atMs, timeZone, minuteOf(cutOver));
