import type { Claim } from './claim.ts';
import type { Category, ExceptionClass } from './exception.ts';

/** Under which heading finance finds an open item, and what is to be done. */
export interface Judgement {
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly detail: string;
  /** What must be so for it, where that is more than the passes have claimed. */
  readonly claim?: Claim;
}
