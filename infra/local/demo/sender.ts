import { setTimeout as delay } from 'node:timers/promises';
import { MINUTE_MS, SECOND_MS } from '../../../shared/time.ts';
import { TransientError } from '../../../shared/errors.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { squareNotification } from './square.ts';
import type { Terminal } from './terminal-http.ts';
import type { DemoEvent } from './wire.ts';

/** The terminals' progress, kept on disk so a run after a kill continues here. */
export interface SendProgress {
  /** Acknowledged events per sender: they are sent in order, so a count is enough. */
  readonly acknowledged: Record<string, number>;
  readonly counts: SendCounts;
  /** Response times in milliseconds, a random sample of up to `MAX_SAMPLES`. */
  readonly answerMs: number[];
}

export interface SendCounts {
  requests: number;
  /** Event deliveries, including repeats. */
  deliveries: number;
  /** Deliveries answered with 2xx for an event that was already acknowledged. */
  repeated: number;
  /** Requests that were interrupted or timed out. */
  interrupted: number;
  /** Events that a terminal stored for later after three attempts. */
  keptForLater: number;
  /** Events sent late because their till was offline. */
  offline: number;
  forged: number;
  forgedRefused: number;
  /** Malformed events, and how many of them became dead letters. */
  malformed: number;
  malformedRefused: number;
  /** Valid events that the webhook rejected; there should be none. */
  rejected: number;
}

export const newProgress = (): SendProgress => ({
  acknowledged: {},
  counts: {
    requests: 0,
    deliveries: 0,
    repeated: 0,
    interrupted: 0,
    keptForLater: 0,
    offline: 0,
    forged: 0,
    forgedRefused: 0,
    malformed: 0,
    malformedRefused: 0,
    rejected: 0,
  },
  answerMs: [],
});

export interface SendOptions {
  readonly events: readonly DemoEvent[];
  readonly terminal: Terminal;
  /** Square's cloud, for the stores that use it for stock counts. */
  readonly square: Terminal;
  readonly progress: SendProgress;
  readonly speed: 'max' | 'realtime';
  /** Tills that send at the same time. */
  readonly concurrency: number;
  /** Called after every step of the day to update the progress line and file. */
  readonly afterStep: (day: {
    readonly acknowledged: number;
    readonly total: number;
    readonly atMs: number;
  }) => void;
  readonly signal: AbortSignal;
}

/** All tills play the same ten minutes at a time, which keeps the stores' clocks in step at any speed. */
const STEP_MS = { max: 10 * MINUTE_MS, realtime: SECOND_MS };
/** A till with a backlog after being offline sends it in batches. */
const MAX_BATCH = 25;
const REPEAT_LATER_MS = 30 * MINUTE_MS;
const MAX_SAMPLES = 20_000;
const FORGERIES = 3;
/** Suffix of the id of the deliberately malformed event. */
export const FAULTY_SUFFIX = '-faulty';
const GIVE_UP_AFTER_MS = 120 * SECOND_MS;

/** Sends a day's events, in order per till, with all delivery failures. @throws TransientError when the webhook stops answering. */
export async function sendDay(options: SendOptions): Promise<void> {
  const { events, progress, afterStep, signal, speed } = options;
  const day = new SendingDay(options);
  const startedMs = performance.now();
  const firstMs = day.nextDueMs() ?? 0;
  let lastAdvanceMs = performance.now();
  let before = day.acknowledged;
  for (let dueMs = day.nextDueMs(); dueMs !== undefined; dueMs = day.nextDueMs()) {
    signal.throwIfAborted();
    if (speed === 'realtime') {
      await delay(Math.max(0, dueMs - firstMs - (performance.now() - startedMs)), undefined, { signal });
    }
    const untilMs = (Math.floor(dueMs / STEP_MS[speed]) + 1) * STEP_MS[speed];
    await day.step(untilMs);
    afterStep({ acknowledged: day.acknowledged, total: events.length, atMs: untilMs });
    if (day.acknowledged > before) {
      before = day.acknowledged;
      lastAdvanceMs = performance.now();
    } else if (performance.now() - lastAdvanceMs > GIVE_UP_AFTER_MS) {
      throw new TransientError('webhook-silent', 'The webhook has not accepted an event for two minutes');
    } else {
      await delay(SECOND_MS, undefined, { signal });
    }
  }
  await day.sendMalformed();
  progress.counts.offline = events.filter(({ wire }) => wire.offline).length;
}

class SendingDay {
  readonly #options: SendOptions;
  readonly #queues = new Map<string, readonly DemoEvent[]>();
  readonly #later: { readonly event: DemoEvent; readonly atMs: number }[] = [];
  /** Number of acknowledged events after which a forged request is sent. */
  readonly #forgeAt: number[];
  acknowledged = 0;

  constructor(options: SendOptions) {
    this.#options = options;
    const queues = new Map<string, DemoEvent[]>();
    for (const event of options.events) {
      const queue = queues.get(event.sender);
      if (queue) queue.push(event);
      else queues.set(event.sender, [event]);
    }
    this.#queues = queues;
    for (const sender of queues.keys()) this.acknowledged += this.#done(sender);
    this.#forgeAt = Array.from({ length: FORGERIES }, (_, index) =>
      Math.floor((options.events.length * (index + 1)) / (FORGERIES + 1)),
    ).slice(options.progress.counts.forged);
  }

  /** When the earliest pending event is due; undefined if everything is sent. */
  nextDueMs(): number | undefined {
    let earliest: number | undefined;
    for (const [sender, queue] of this.#queues) {
      const dueMs = queue[this.#done(sender)]?.deliverAtMs;
      if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    }
    return earliest;
  }

  /** Sends everything due before `untilMs`. Failed events are retried in the next step. */
  async step(untilMs: number): Promise<void> {
    const due = [...this.#queues.keys()].filter((sender) => this.#head(sender, untilMs) !== undefined);
    await forEachBounded(due, this.#options.concurrency, (sender) => this.#sendDue(sender, untilMs));
    for (const sender of due) {
      const head = this.#head(sender, untilMs);
      if (head?.afterAllOthers === true && !this.#storeStillWaits(head, sender))
        await this.#send(sender, [head]);
    }
    await this.#repeatLater(untilMs);
    await this.#forge();
  }

  async #sendDue(sender: string, untilMs: number): Promise<void> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      const batch = this.#batch(sender, untilMs);
      if (batch.length === 0) return;
      if (!(await this.#send(sender, batch))) return;
    }
  }

  /** The next events of a sender that go in one request. */
  #batch(sender: string, untilMs: number): DemoEvent[] {
    const queue = this.#queues.get(sender) ?? [];
    const done = this.#done(sender);
    const batch: DemoEvent[] = [];
    for (const event of queue.slice(done, done + MAX_BATCH)) {
      if (event.deliverAtMs >= untilMs || event.afterAllOthers === true) break;
      batch.push(event);
    }
    return batch;
  }

  async #send(sender: string, batch: readonly DemoEvent[]): Promise<boolean> {
    const { progress } = this.#options;
    const { counts } = progress;
    const [first] = batch;
    // Stock counts and Square notifications are sent individually.
    const viaSquare = first?.viaSquare === true;
    const terminal = viaSquare ? this.#options.square : this.#options.terminal;
    const body = viaSquare ? squareNotification(first.wire) : bodyOf(overtaking(batch));
    const has = (mishap: DemoEvent['mishap']) => batch.some((event) => event.mishap === mishap);
    const webhookId = `msg_${sender.replace('/', '_')}_${batch[0]?.wire.id}`;
    const { answer, attempts, timedOut, answeredInMs } = await terminal.deliver(body, {
      cutFirst: has('cut'),
      webhookId,
    });
    counts.requests += attempts;
    counts.deliveries += attempts * batch.length;
    counts.interrupted += timedOut + (has('cut') ? 1 : 0);
    if (!answer) {
      counts.keptForLater += batch.length;
      return false;
    }
    if (progress.answerMs.length < MAX_SAMPLES) progress.answerMs.push(Math.round(answeredInMs));
    counts.rejected += answer.status === 200 ? rejectedIn(answer.body) : batch.length;
    progress.acknowledged[sender] = this.#done(sender) + batch.length;
    this.acknowledged += batch.length;
    if (has('repeat')) await this.#repeat(terminal, body, batch.length, webhookId);
    for (const event of batch) {
      if (event.mishap === 'repeat-later' && !viaSquare)
        this.#later.push({ event, atMs: event.deliverAtMs + REPEAT_LATER_MS });
    }
    return true;
  }

  async #repeat(terminal: Terminal, body: string, size: number, webhookId?: string): Promise<void> {
    const { progress } = this.#options;
    const { answer, attempts } = await terminal.deliver(body, webhookId === undefined ? {} : { webhookId });
    progress.counts.requests += attempts;
    progress.counts.deliveries += attempts * size;
    if (answer?.status === 200) progress.counts.repeated += size;
  }

  async #repeatLater(untilMs: number): Promise<void> {
    const all = this.nextDueMs() === undefined;
    for (let index = this.#later.length - 1; index >= 0; index -= 1) {
      const one = this.#later[index];
      if (!one || (one.atMs >= untilMs && !all)) continue;
      this.#later.splice(index, 1);
      await this.#repeat(this.#options.terminal, bodyOf([one.event]), 1);
    }
  }

  /** A till with a faulty update sends a quantity in words, once a day, to produce a dead letter. */
  async sendMalformed(): Promise<void> {
    const { terminal, progress, events } = this.#options;
    if (progress.counts.malformed > 0) return;
    const body = malformedBody(events);
    if (body === undefined) return;
    const { answer, attempts } = await terminal.deliver(body);
    progress.counts.requests += attempts;
    progress.counts.deliveries += attempts;
    progress.counts.malformed += 1;
    if (answer?.status === 422) progress.counts.malformedRefused += 1;
  }

  /** A sender without the secret sends a real event. */
  async #forge(): Promise<void> {
    const { terminal, progress, events } = this.#options;
    while ((this.#forgeAt[0] ?? Number.POSITIVE_INFINITY) <= this.acknowledged) {
      const event = events[this.#forgeAt.shift() ?? 0];
      if (!event) continue;
      const answer = await terminal.forge(bodyOf([event]));
      progress.counts.forged += 1;
      if (answer?.status === 401) progress.counts.forgedRefused += 1;
    }
  }

  #head(sender: string, untilMs: number): DemoEvent | undefined {
    const head = this.#queues.get(sender)?.[this.#done(sender)];
    return head && head.deliverAtMs < untilMs ? head : undefined;
  }

  #storeStillWaits(event: DemoEvent, except: string): boolean {
    for (const [sender] of this.#queues) {
      const head = sender === except ? undefined : this.#head(sender, event.deliverAtMs);
      if (head?.storeId === event.storeId) return true;
    }
    return false;
  }

  #done(sender: string): number {
    return this.#options.progress.acknowledged[sender] ?? 0;
  }
}

/** The day's malformed event; undefined for a day without a sale. */
export function malformedBody(events: readonly DemoEvent[]): string | undefined {
  const victim = events.find(({ wire }) => wire.kind === 'transaction')?.wire;
  if (victim?.kind !== 'transaction') return undefined;
  const lines = victim.lines.map((line) => ({ ...line, quantityMilli: 'two' }));
  return JSON.stringify({ ...victim, id: `${victim.id}${FAULTY_SUFFIX}`, lines });
}

const bodyOf = (events: readonly DemoEvent[]): string =>
  JSON.stringify(events.length === 1 ? events[0]?.wire : { events: events.map(({ wire }) => wire) });

/** Sends the sale after an overtaken one first. Sales only: a drawer's count must not arrive before its sales. */
function overtaking(batch: readonly DemoEvent[]): DemoEvent[] {
  const order = [...batch];
  for (let index = 0; index + 1 < order.length; index += 1) {
    const [first, second] = [order[index], order[index + 1]];
    if (first?.mishap !== 'overtaken' || second?.wire.kind !== 'transaction') continue;
    if (first.wire.kind !== 'transaction') continue;
    order[index] = second;
    order[index + 1] = first;
    index += 1;
  }
  return order;
}

function rejectedIn(body: string): number {
  const answer = JSON.parse(body) as { rejected?: unknown[] };
  return answer.rejected?.length ?? 0;
}
