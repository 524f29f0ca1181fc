import type { TransactionEvent } from '../pos/event.ts';
import type { DynamicsSetup } from './setup.ts';

/** Why Dynamics 365 will not post a receipt. */
export interface Refusal {
  /** As Dynamics says it, as far as the message is known. */
  readonly message: string;
  readonly lineNumber?: number;
}

/**
 * A reason for which Dynamics 365 Commerce does not post a receipt: a rule of _Validate store transactions_ (Microsoft's
 * article "Validate store transactions for statement calculation"), or a failure of posting itself.
 */
export interface PostingRule {
  /** Kebab-case, as reports name it. */
  readonly id: string;
  /** Where Dynamics finds it: in validation, by header or line, or when the statement is posted. */
  readonly level: 'header' | 'line' | 'posting';
  /** As Dynamics names it. */
  readonly name: string;
  /** Why it cannot be told from what tills send, or from this setup; undefined where it is checked. */
  notChecked(setup: DynamicsSetup): string | undefined;
  check(receipt: TransactionEvent, setup: DynamicsSetup): readonly Refusal[];
}

export const checked = (): undefined => undefined;

/** Dynamics' own words for a failed validation are the name of the rule; what differs is said beside it. */
export const failed = (rule: string, what: string, lineNumber?: number): Refusal => ({
  message: `${rule}: ${what}`,
  ...(lineNumber === undefined ? {} : { lineNumber }),
});
