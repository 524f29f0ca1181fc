import type { Random } from './random.ts';
import type { DemoEvent, Mishap } from './wire.ts';

/** Delivery failures per ten thousand events. */
const MISHAPS: readonly { readonly mishap: Mishap; readonly perTenThousand: number }[] = [
  { mishap: 'repeat', perTenThousand: 120 },
  { mishap: 'repeat-later', perTenThousand: 60 },
  { mishap: 'cut', perTenThousand: 60 },
  { mishap: 'overtaken', perTenThousand: 60 },
];

/** Orders the chain's events by send time, and decides what goes wrong with their delivery. */
export function withMishaps(events: readonly DemoEvent[], random: Random): DemoEvent[] {
  return [...events]
    .sort((a, b) => a.deliverAtMs - b.deliverAtMs || a.occurredAtMs - b.occurredAtMs || compare(a, b))
    .map((event) => {
      const mishap = draw(random);
      return mishap === undefined ? event : { ...event, mishap };
    });
}

function draw(random: Random): Mishap | undefined {
  let rest = random.int(0, 9_999);
  for (const { mishap, perTenThousand } of MISHAPS) {
    rest -= perTenThousand;
    if (rest < 0) return mishap;
  }
  return undefined;
}

const compare = (a: DemoEvent, b: DemoEvent): number => (a.wire.id < b.wire.id ? -1 : 1);
