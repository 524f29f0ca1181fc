/** A clock that stands still until it is moved, and the waits that end as it moves. */
export interface VirtualTime {
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Lets time pass, and everything happen that is due meanwhile, in its order. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the work is done. @throws Error where nothing is left to wait for */
  until<T>(work: Promise<T>): Promise<T>;
}

export function virtualTime(startMs = 1_000_000): VirtualTime {
  let nowMs = startMs;
  let due: { atMs: number; resolve: () => void }[] = [];
  const step = (toMs: number): void => {
    nowMs = Math.max(nowMs, toMs);
    const reached = due.filter(({ atMs }) => atMs <= nowMs).sort((one, other) => one.atMs - other.atMs);
    due = due.filter(({ atMs }) => atMs > nowMs);
    for (const { resolve } of reached) resolve();
  };
  const next = (): number => Math.min(...due.map(({ atMs }) => atMs));
  return {
    clock: () => nowMs,
    wait: (ms) =>
      new Promise((resolve) => {
        due.push({ atMs: nowMs + ms, resolve });
      }),
    async pass(ms) {
      const endMs = nowMs + ms;
      await settled();
      while (next() <= endMs) {
        step(next());
        await settled();
      }
      step(endMs);
      await settled();
    },
    async until(work) {
      const state = { isDone: false };
      const ended = work.finally(() => (state.isDone = true));
      // Who asked for the work hears of its failure.
      ended.catch(() => {});
      for (await settled(); !state.isDone; await settled()) {
        if (due.length === 0) throw new Error('It waits for something that no time brings');
        step(next());
      }
      return ended;
    },
  };
}

/** All that can go on without time passing; a few turns, as each may lead to another. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}
