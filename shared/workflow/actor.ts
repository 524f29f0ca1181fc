/**
 * Who did something: a person who is signed in, a rule of the retailer that accepts by itself, or the nightly run. The
 * three never pass for each other, as `kind` is part of the identity.
 */
export interface Actor {
  readonly kind: 'person' | 'rule' | 'system';
  /** Of a person the object id in the directory, which stays when a name changes. */
  readonly id: string;
  readonly name: string;
}

export const RECONCILIATION: Actor = { kind: 'system', id: 'reconciliation', name: 'Reconciliation' };

export const ruleActor = (rule: string): Actor => ({ kind: 'rule', id: rule, name: `Rule ${rule}` });

/** Object ids are hexadecimal, and tokens of different kinds write them in either case. */
export const isSamePerson = (one: Actor, other: Actor): boolean =>
  one.kind === other.kind && one.id.toLowerCase() === other.id.toLowerCase();
