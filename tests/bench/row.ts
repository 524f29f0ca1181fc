/** One measured figure. Speeds are ratios to a baseline or a peer of the same run, because machines differ. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` divided by the floor's value. */
  readonly ratio?: number;
  /** What the ratio is to. */
  readonly ratioOf?: string;
  readonly note?: string;
}
