import type { Days } from '../../../shared/azure/days/days.ts';
import type { Reports } from '../../../shared/azure/days/reports.ts';
import type { LiveFacts } from '../../../shared/workflow/blockers.ts';
import type { DayRecord } from '../../../shared/workflow/store-day.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import type { FoundLetters } from '../pages/letters-of-day.ts';
import { storeInputs } from './store-inputs.ts';

export interface LiveParts {
  readonly days: Pick<Days, 'inputsOf' | 'outcomeOf'>;
  readonly reports: Pick<Reports, 'etagOf'>;
  readonly stores: () => Promise<StoreLookup>;
  readonly letters: () => Promise<FoundLetters>;
}

/** What stands in the way of closing a store's day and is in no report yet. */
export async function liveFacts(parts: LiveParts, { day }: DayRecord): Promise<LiveFacts> {
  const { businessDate, storeId, report } = day;
  const [inputs, stores, reportId, { letters }] = await Promise.all([
    parts.days.inputsOf(businessDate),
    parts.stores(),
    parts.reports.etagOf(businessDate),
    parts.letters(),
  ]);
  const isOld =
    report.inputs === undefined
      ? (await parts.days.outcomeOf(businessDate))?.inputs !== inputs.fingerprint
      : storeInputs(inputs, storeId, stores) !== report.inputs;
  return {
    hasNewerData: isOld || reportId !== report.reportId,
    waitingEvents: letters.filter(
      (letter) =>
        letter.businessDate === businessDate &&
        letter.isDateKnown &&
        !letter.isInBooks &&
        (letter.storeId === undefined || letter.storeId === storeId),
    ).length,
  };
}
