import { MINUTE_MS, type Clock } from '../../shared/time.ts';

/**
 * Which log lines of refused strangers are written: the first few of a kind a minute, each with the count of those left
 * out before it, so a flood can neither fill the daily log cap nor hide its size.
 */
export interface Sampling {
  /** @returns undefined when the line is left out, otherwise how many of its kind were left out since the last one. */
  take(kind: string): number | undefined;
}

const LINES_A_MINUTE = 10;
/** Kinds come from our own codes, times the sources there are. */
const MAX_KINDS = 1_000;

export function sampling(clock: Clock): Sampling {
  const kinds = new Map<string, { fromMs: number; written: number; leftOut: number }>();
  return {
    take(kind) {
      if (kinds.size > MAX_KINDS) kinds.clear();
      const nowMs = clock();
      let state = kinds.get(kind);
      if (!state) kinds.set(kind, (state = { fromMs: nowMs, written: 0, leftOut: 0 }));
      if (nowMs - state.fromMs >= MINUTE_MS) {
        state.fromMs = nowMs;
        state.written = 0;
      }
      if (state.written >= LINES_A_MINUTE) {
        state.leftOut += 1;
        return undefined;
      }
      state.written += 1;
      const { leftOut } = state;
      state.leftOut = 0;
      return leftOut;
    },
  };
}
