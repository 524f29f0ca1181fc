import { isAudible, type AlertLife } from '../alerts/life.ts';
import { instantText } from './figures.ts';

const NAMES = { acknowledged: 'Acknowledged', snoozed: 'Snoozed', muted: 'Muted', cleared: 'Ended' } as const;

/** One line that says how an alert is, since when and by whom. */
export function stateText(life: AlertLife): string {
  const { state, since, by, until, assignee } = life;
  const whose = assignee === undefined ? '' : ` Assigned to ${assignee}.`;
  if (state === 'open') return `Not acknowledged.${whose}`;
  if (isAudible(life)) return `Escalated at ${instantText(since)} by ${by.name}, not acknowledged.${whose}`;
  const end = until === undefined ? '' : ` until ${instantText(until)}`;
  return `${NAMES[state as keyof typeof NAMES]}${end}, by ${by.name} at ${instantText(since)}.${whose}`;
}
