import { TransientError } from '../../../shared/errors.ts';
import type { Terminal } from '../demo/terminal-http.ts';
import type { ReplayFile, ReplayItem } from './record.ts';

/** How the webhook answered each record of the file; each is in exactly one of these. */
export interface SendOutcome {
  accepted: Share;
  ignored: Share;
  rejected: Share;
  /** Occurs twice in the file: the second is answered as a duplicate. */
  repeated: Share;
  /** Why records were ignored. */
  readonly ignoredBy: Map<string, number>;
  /** Why records were rejected, one entry per reason, by code, place and message. */
  readonly rejectedBy: Map<string, Refusal>;
  /** Events by what the webhook warned of. */
  readonly warnings: Map<string, number>;
}

/** One reason for which records became dead letters. */
interface Refusal {
  readonly code: string;
  /** The place in the record, without line or tender numbers. */
  readonly where: string;
  readonly message: string;
  count: number;
  grossMinor: number;
  /** Where the first of them start in the file. */
  readonly lines: number[];
}

interface Share {
  /** Records of the file. */
  records: number;
  /** Events made of them. */
  events: number;
  grossMinor: number;
}

interface WebhookAnswer {
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly code?: string;
  readonly ignored?: readonly { index: number; reason: string }[];
  readonly title?: string;
  readonly where?: string;
  readonly rejected?: readonly { index: number; code: string; where: string; message: string }[];
  readonly warnings?: readonly { code: string; count: number }[];
}

/** An answer lists at most a hundred records by name. */
const MAX_EVENTS = 100;
const MAX_BODY_CHARACTERS = 1_000_000;

/** Sends the file, batch by batch, in order. @throws TransientError when the webhook does not answer. */
export async function sendFile(
  file: ReplayFile,
  terminal: Terminal,
  onProgress: (records: number) => void,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const outcome: SendOutcome = {
    accepted: { records: 0, events: 0, grossMinor: 0 },
    ignored: { records: 0, events: 0, grossMinor: 0 },
    rejected: { records: 0, events: 0, grossMinor: 0 },
    repeated: { records: 0, events: 0, grossMinor: 0 },
    ignoredBy: new Map(),
    rejectedBy: new Map(),
    warnings: new Map(),
  };
  let sent = 0;
  for (const batch of batchesOf(file.items)) {
    signal.throwIfAborted();
    const { answer } = await terminal.deliver(file.bodyOf(batch));
    if (!answer) throw new TransientError('webhook-silent', 'The webhook has stopped answering');
    settle(batch, answer.status, JSON.parse(answer.body) as WebhookAnswer, outcome);
    sent += batch.reduce((sum, { records }) => sum + records, 0);
    onProgress(sent);
  }
  return outcome;
}

function* batchesOf(items: readonly ReplayItem[]): Generator<readonly ReplayItem[]> {
  let batch: ReplayItem[] = [];
  let characters = 0;
  for (const item of items) {
    const isFull =
      batch.length === MAX_EVENTS ||
      (batch.length > 0 && characters + item.text.length > MAX_BODY_CHARACTERS);
    if (isFull || (item.alone === true && batch.length > 0)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(item);
    characters += item.text.length;
    if (item.alone !== true) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

function settle(
  batch: readonly ReplayItem[],
  status: number,
  answer: WebhookAnswer,
  outcome: SendOutcome,
): void {
  const left = new Map(batch.entries());
  const take = (index: number, share: Share): ReplayItem | undefined => {
    const item = left.get(index);
    if (!item) return undefined;
    left.delete(index);
    share.records += item.records;
    share.events += 1;
    share.grossMinor += item.grossMinor;
    return item;
  };
  const refuse = (index: number, code: string, where: string, message: string): void => {
    const item = take(index, outcome.rejected);
    if (item) noteRefusal(outcome.rejectedBy, item, code, where, message);
  };
  for (const { index, reason } of answer.ignored ?? []) {
    take(index, outcome.ignored);
    add(outcome.ignoredBy, reason);
  }
  for (const { index, code, where, message } of answer.rejected ?? []) refuse(index, code, where, message);
  for (const { code, count } of answer.warnings ?? []) add(outcome.warnings, code, count);
  if (status !== 200) {
    // The whole body was refused and is one dead letter.
    const { code = `status ${status}`, where = '', title = 'The body was refused as a whole' } = answer;
    for (const index of left.keys()) refuse(index, code, where, title);
    return;
  }
  for (const index of repeatedIn(left, answer.duplicates ?? 0)) take(index, outcome.repeated);
  for (const index of left.keys()) take(index, outcome.accepted);
}

/**
 * The response counts duplicates in the body but does not name them: they are the records whose text has already
 * occurred.
 */
function repeatedIn(left: ReadonlyMap<number, ReplayItem>, count: number): number[] {
  const texts = new Set<string>();
  const found: number[] = [];
  for (const [index, { text }] of left) {
    if (texts.has(text)) found.push(index);
    texts.add(text);
  }
  return found.length >= count ? found.slice(0, count) : [...left.keys()].slice(left.size - count);
}

const MAX_LINES = 5;

function noteRefusal(
  refusals: Map<string, Refusal>,
  { line, grossMinor }: ReplayItem,
  code: string,
  place: string,
  message: string,
): void {
  const where = place.replaceAll(/\/\d+(?=\/|$)/g, '/n');
  const key = JSON.stringify([code, where, message]);
  const refusal = refusals.get(key) ?? { code, where, message, count: 0, grossMinor: 0, lines: [] };
  refusal.count += 1;
  refusal.grossMinor += grossMinor;
  if (refusal.lines.length < MAX_LINES) refusal.lines.push(line);
  refusals.set(key, refusal);
}

function add(counts: Map<string, number>, key: string, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
