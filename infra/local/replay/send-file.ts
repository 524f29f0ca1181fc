import { TransientError } from '../../../shared/errors.ts';
import type { Terminal } from '../demo/terminal-http.ts';
import type { ReplayFile, ReplayItem } from './record.ts';

/** What the webhook said of the file's records; each is in exactly one of these. */
export interface SendOutcome {
  accepted: Share;
  ignored: Share;
  rejected: Share;
  /** In the file twice: the second is answered as a duplicate. */
  repeated: Share;
  /** Why records were ignored or rejected. */
  readonly ignoredBy: Map<string, number>;
  readonly rejectedBy: Map<string, number>;
  readonly warnings: Map<string, number>;
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
  readonly rejected?: readonly { index: number; code: string }[];
  readonly warnings?: readonly { code: string }[];
}

/** An answer lists at most a hundred records by name. */
const MAX_EVENTS = 100;
const MAX_BODY_CHARACTERS = 1_000_000;

/** Sends the file, batch after batch, in its order. @throws TransientError when the webhook does not answer. */
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
    if (!answer) throw new TransientError('webhook-silent', 'The webhook does not answer any more');
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
  const take = (index: number, share: Share): void => {
    const item = left.get(index);
    if (!item) return;
    left.delete(index);
    share.records += item.records;
    share.events += 1;
    share.grossMinor += item.grossMinor;
  };
  for (const { index, reason } of answer.ignored ?? []) {
    take(index, outcome.ignored);
    add(outcome.ignoredBy, reason);
  }
  for (const { index, code } of answer.rejected ?? []) {
    take(index, outcome.rejected);
    add(outcome.rejectedBy, code);
  }
  for (const { code } of answer.warnings ?? []) add(outcome.warnings, code);
  if (status !== 200) {
    // The body as a whole was turned down, and is a dead letter as a whole.
    for (const index of left.keys()) {
      take(index, outcome.rejected);
      add(outcome.rejectedBy, answer.code ?? `status ${status}`);
    }
    return;
  }
  // The answer does not name the records that are in the body twice: they are the last of what is left.
  const repeated = [...left.keys()].slice(left.size - (answer.duplicates ?? 0));
  for (const index of repeated) take(index, outcome.repeated);
  for (const index of left.keys()) take(index, outcome.accepted);
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
