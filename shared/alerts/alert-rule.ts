import type { z } from 'zod';
import type { EventReference } from './alert.ts';

/**
 * What every rule that raises alerts says of itself, whether it is about tills or stock. The kinds of alerts, the file
 * of limits, the tables in docs/operations.md and the names in the demonstration's summary are made from it.
 */
export interface AlertRule<Kind extends string = string, Limits = unknown> {
  /** The `kind` of its alerts: 1 to 60 of a-z, 0-9 and -. */
  readonly kind: Kind;
  /** What people call it. */
  readonly label: string;
  /**
   * An object schema in which every parameter has a default and a description. The default is where most chains start;
   * `alert-limits.json` of the master data overrules it.
   */
  readonly parameters: z.ZodType<Limits> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** The row of the rule in docs/operations.md. */
  about(limits: Limits): About;
}

/** A rule with its own types forgotten. */
export type AnyRule = AlertRule;

interface About {
  /** When an alert is raised, without a full stop. */
  readonly raised: string;
  /** What there is one alert for. */
  readonly onceFor: string;
  readonly severity: string;
  /** What it means and what to do, for docs/operations.md. Left out where the page has a longer text of its own. */
  readonly means?: string;
  readonly todo?: string;
}

/** What a rule has found to say. */
export interface Finding {
  /** What is kept as said, such as a difference in minor units; 0 once it is settled. */
  readonly value: number;
  /** Raised again when it changes: the revision is a part of the alert's id. */
  readonly again?: boolean;
}

/** The words of an alert; the title goes on with the place. */
export interface Words {
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  /** What was found, against which limit, and what to do. */
  readonly detail: string;
  readonly evidence: readonly EventReference[];
}
