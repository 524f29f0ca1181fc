import { addDays } from '../../../shared/time.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { readJson, writeFileAtomically, type DataFolder } from './data-folder.ts';
import { START_DEFAULTS, type StartOptions } from './options.ts';
import { newProgress, type SendProgress } from './sender.ts';
import { UsageError } from '../../kit/usage-error.ts';

/** A data folder's record of its runs: the chain and the days played. */
export interface RunFile {
  readonly stores: number;
  readonly seed: number;
  readonly days: readonly PlayedDay[];
  /** Port of the alert receiver, kept so pending alerts still reach it. */
  readonly receiverPort: number;
}

export interface PlayedDay {
  readonly date: BusinessDate;
  /** `played`: all events are acknowledged and the ledger file is in place. `shown`: a summary has been printed. */
  readonly stage: 'begun' | 'played' | 'shown';
}

const FILE = 'run.json';

/**
 * The days of this run: first the day in which an earlier run was killed, then `--days` more.
 * @throws UsageError when the options contradict the data folder.
 */
export function planRun(folder: DataFolder, options: StartOptions): RunFile {
  const before = readJson(folder.file(FILE)) as RunFile | undefined;
  for (const option of ['stores', 'seed'] as const) {
    const asked = options[option];
    if (before && asked !== undefined && asked !== before[option]) {
      throw new UsageError(
        `${folder.path} was created with --${option} ${before[option]}. Keep it, or name another folder with --data.`,
      );
    }
  }
  const days = [...(before?.days ?? [])];
  const unfinished = days.filter(({ stage }) => stage !== 'shown').length;
  const last = days[days.length - 1]?.date;
  const wanted = options.date;
  if (wanted !== undefined && last !== undefined && wanted <= last && unfinished === 0) {
    throw new UsageError(
      `${folder.path} has played up to ${last}. Name a later --date, or another folder with --data.`,
    );
  }
  let next = wanted ?? (last === undefined ? START_DEFAULTS.date : addDays(last, 1));
  // A killed run is finished first and counts as the first requested day.
  const more = options.days - unfinished;
  for (let count = 0; count < more; count += 1) {
    days.push({ date: next, stage: 'begun' });
    next = addDays(next, 1);
  }
  return {
    stores: before?.stores ?? options.stores ?? START_DEFAULTS.stores,
    seed: before?.seed ?? options.seed ?? START_DEFAULTS.seed,
    days,
    receiverPort: before?.receiverPort ?? 0,
  };
}

/** The same run with the state of some days updated. */
export function advanced(run: RunFile, stage: PlayedDay['stage'], dates: readonly BusinessDate[]): RunFile {
  return { ...run, days: run.days.map((day) => (dates.includes(day.date) ? { ...day, stage } : day)) };
}

export function keepRun(folder: DataFolder, run: RunFile): void {
  writeFileAtomically(folder.file(FILE), `${JSON.stringify(run, undefined, 2)}\n`);
}

const progressFile = (folder: DataFolder, date: BusinessDate): string => folder.file(`sent-${date}.json`);

export function readProgress(folder: DataFolder, date: BusinessDate): SendProgress {
  return (readJson(progressFile(folder, date)) as SendProgress | undefined) ?? newProgress();
}

export function keepProgress(folder: DataFolder, date: BusinessDate, progress: SendProgress): void {
  writeFileAtomically(progressFile(folder, date), JSON.stringify(progress));
}
