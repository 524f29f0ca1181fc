import type { PosSource } from '../../shared/pos/event.ts';

export interface PlantedRequest {
  readonly source: PosSource;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}
export interface PlantedSource {
  readonly source: PosSource;
  requests(nowMs: number): PlantedRequest[];
  /** What the vendor's API answers, by the end of its path. */
  readonly vendor?: Readonly<Record<string, unknown>>;
}

/** What a vendor's own file plants. */
export interface Plants {
  readonly name: string;
  readonly card: string;
  readonly email: string;
  readonly freeText: string;
  readonly id: string;
}
