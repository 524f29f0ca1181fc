import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { mayBeOfDate, parseRawLine } from '../../shared/pos/landing-line.ts';
import type { Settings } from '../../shared/settings.ts';

/** The events of a business date, and of one store where it is named, as often as they have landed. */
export async function* landedEvents(
  { state, raw }: Settings,
  businessDate: BusinessDate,
  storeId: string | undefined,
): AsyncGenerator<PosEvent> {
  const blobs = rawBlobs(containerClient(raw, CONTAINERS.raw));
  const inputs = await tableDays(tableClient(state, TABLES.days)).inputsOf(businessDate);
  for (const blob of inputs.blobs) {
    if (storeId !== undefined && blob.stores && !blob.stores.includes(storeId)) continue;
    for await (const lines of blobs.lines(blob.name))
      for (const line of lines) {
        if (!mayBeOfDate(line, businessDate)) continue;
        const { event } = parseRawLine(line);
        if (event?.businessDate === businessDate && (storeId === undefined || event.storeId === storeId))
          yield event;
      }
  }
}
