/** Allows at most `concurrent` at a time, and at most `outstanding` waiting or running; -1 means unlimited. */
export class Gate {
  readonly #concurrent: number;
  readonly #outstanding: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(concurrent: number, outstanding: number) {
    this.#concurrent = concurrent === -1 ? Number.POSITIVE_INFINITY : concurrent;
    this.#outstanding = outstanding === -1 ? Number.POSITIVE_INFINITY : outstanding;
  }

  /** Resolves to false immediately if the limit is reached. Each true must be paired with a leave(). */
  async enter(): Promise<boolean> {
    if (this.#running + this.#waiting.length >= this.#outstanding) return false;
    if (this.#running < this.#concurrent) {
      this.#running++;
      return true;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return true;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
