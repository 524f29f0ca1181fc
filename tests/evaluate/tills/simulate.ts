import type { AlertKind } from '../../../shared/alert-rules/all-rules.ts';
import type { LimitsFile } from '../../../shared/alerts/limits.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { Store as StoreMaster } from '../../../shared/pos/store.ts';
import { randomOf } from '../../../infra/local/demo/random.ts';
import { MINUTE_MS } from '../../../shared/time.ts';
import { newStore, playShift } from './honest-day.ts';
import { HABITS, SCHEMES, type Scheme } from './schemes.ts';
import {
  cashiersOf,
  close,
  DAYS,
  loseConnection,
  numbered,
  open,
  shiftsOf,
  storesOf,
  type Cashier,
  type Shift,
} from './world.ts';

/** What was planted, and by which alerts it counts as found. The format is described in docs/till-benchmark.md. */
export interface Label {
  readonly scheme: string;
  readonly kind: AlertKind;
  readonly also: readonly AlertKind[];
  readonly storeId: string;
  /** Undefined for a habit of the whole time. */
  readonly businessDate?: string;
  readonly tillId?: string;
  readonly operatorId: string;
  readonly eventIds: readonly string[];
}

export interface Simulated {
  readonly stores: readonly StoreMaster[];
  readonly limits: LimitsFile;
  /** In the order in which they arrive. */
  readonly events: readonly PosEvent[];
  readonly labels: readonly Label[];
}

export interface SimulateOptions {
  readonly seed: number;
  readonly stores: number;
  /** How often each scheme is planted. */
  readonly perScheme: number;
}

export function simulate({ seed, stores: count, perScheme }: SimulateOptions): Simulated {
  const stores = storesOf(count);
  const random = randomOf(seed, 'plants');
  const staff = new Map(stores.map((store) => [store.storeId, cashiersOf(store)]));
  const labels: Label[] = [];
  for (const store of stores) labels.push(...habitsOf(store, staff.get(store.storeId) ?? [], seed));
  const shifts = stores.flatMap((store) =>
    Array.from({ length: DAYS }, (_, day) =>
      shiftsOf(store, staff.get(store.storeId) ?? [], day, seed),
    ).flat(),
  );
  const free = random.sample(
    shifts.filter(({ cashier }) => cashier.role === 'cashier' && Object.keys(cashier.habits).length === 0),
    shifts.length,
  );
  const plants = new Map<Shift, Scheme>();
  for (let time = 0; time < perScheme; time += 1) {
    for (const scheme of SCHEMES) {
      const shift = free.find((one) => fits(one, scheme));
      if (!shift) throw new RangeError(`Too few stores for ${perScheme} of each scheme`);
      free.splice(free.indexOf(shift), 1);
      plants.set(shift, scheme);
    }
  }
  const events = stores.flatMap((store) =>
    playStore(
      shifts.filter((shift) => shift.store === store),
      plants,
      labels,
    ),
  );
  return { stores, limits: limitsFor(stores), events, labels };
}

/** What concerns the end of a till's day belongs to its last shift. */
const fits = ({ fromMs }: Shift, { kind }: Scheme): boolean =>
  kind === 'silent-till' ? new Date(fromMs).getUTCHours() < 10 : true;

/** One cashier of a store has a habit. */
function habitsOf(store: StoreMaster, cashiers: readonly Cashier[], seed: number): Label[] {
  const random = randomOf(seed, store.storeId, 'habits');
  const { habit, kind, factors } = random.pick(HABITS);
  const cashier = random.pick(cashiers.filter(({ role }) => role === 'cashier'));
  cashier.habits[habit] = random.pick(factors);
  return [{ scheme: habit, kind, also: [], storeId: store.storeId, operatorId: cashier.id, eventIds: [] }];
}

function playStore(
  shifts: readonly Shift[],
  plants: ReadonlyMap<Shift, Scheme>,
  labels: Label[],
): PosEvent[] {
  const store = newStore();
  const days = new Map<string, Shift[]>();
  for (const shift of shifts) {
    const scheme = plants.get(shift);
    open(shift);
    // What changes the till as a whole comes before what it sells.
    const atMs = shift.fromMs + shift.random.int(60, 180) * MINUTE_MS;
    const isOfTill = scheme?.kind === 'clock-skew' || scheme?.kind === 'silent-till';
    let shown = scheme && isOfTill ? scheme.plant(shift, atMs, store) : [];
    playShift(shift, store);
    if (scheme && !isOfTill) shown = scheme.plant(shift, atMs, store);
    close(shift);
    const key = `${shift.till} ${shift.date}`;
    days.set(key, [...(days.get(key) ?? []), shift]);
    if (scheme) labels.push(labelOf(scheme, shift, shown));
  }
  const events = [...days.values()].flatMap((ofDay) => {
    const day = numbered(ofDay.flatMap((shift) => shift.events));
    for (const shift of ofDay) {
      plants.get(shift)?.tamper?.(day, shift);
      loseConnection(shift, day);
    }
    return day;
  });
  return events.sort((one, other) => orderOf(one, other));
}

/** What comes at the same instant keeps the order in which it happened. */
const orderOf = (one: PosEvent, other: PosEvent): number =>
  one.receivedAt === other.receivedAt
    ? (one.sequenceNumber ?? 0) - (other.sequenceNumber ?? 0)
    : one.receivedAt < other.receivedAt
      ? -1
      : 1;

const labelOf = ({ name, kind, also = [] }: Scheme, shift: Shift, shown: readonly PosEvent[]): Label => ({
  scheme: name,
  kind,
  also,
  storeId: shift.store.storeId,
  businessDate: shift.date,
  tillId: shift.till,
  operatorId: shift.cashier.id,
  eventIds: shown.map(({ eventId }) => eventId),
});

/** As a retailer sets them: who is being trained, and who takes back what others sold. */
function limitsFor(stores: readonly StoreMaster[]): LimitsFile {
  const having = (at: number) => stores.map(({ storeId }) => `${storeId}-C${at}` as never);
  return {
    roles: [
      { role: 'trainee', operators: having(10) },
      { role: 'returns-desk', operators: having(11) },
    ],
    limits: [{ rule: 'training-sales', role: 'trainee', parameters: { perDay: 40 } }],
  };
}
