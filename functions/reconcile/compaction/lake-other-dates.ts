import type { LakeDatabase } from '../../../shared/azure/duckdb/lake-database.ts';
import type { SetWork } from '../../../shared/azure/duckdb/set-work.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { documentOf } from '../../../shared/lake/document-row.ts';
import { fromLakeText } from '../../../shared/lake/lake-text.ts';
import { ledgerEntryOf } from '../../../shared/lake/ledger-row.ts';
import { NO_AMOUNTS } from '../../../shared/reconciliation/cell.ts';
import type { OtherDates } from '../../../shared/reconciliation/other-dates.ts';
import type { LeftOut } from '../matching/left-out.ts';
import { forEachEventSearched, NOT_SEARCHED, type EventParts } from '../matching/read-events.ts';
import type { LedgerScope } from '../matching/read-ledger.ts';
import type { Lake } from './lake.ts';
import { currentManifest, fetchDate, type LedgerOfDates } from './fetch-lake.ts';

/** Where neighbouring dates are looked for what one side alone has on this date. */
export interface OtherDatesWork {
  readonly lake: Lake;
  readonly db: LakeDatabase;
  readonly scratch: string;
  readonly work: SetWork;
  readonly ledger: LedgerOfDates;
  readonly masterData: string;
}

/** Asks the lake for what is open, and the raw lines of those dates that are not compacted. */
export async function fillOtherDates(
  parts: EventParts,
  { lake, db, scratch, work, ledger, masterData }: OtherDatesWork,
  { state, isOurs }: LedgerScope,
  otherDates: OtherDates,
  leftOut: LeftOut,
): Promise<void> {
  const dates = state.neighbours.map(({ businessDate }) => businessDate);
  for (const [storeId, number] of await work.askElsewhere(ledger.all, dates))
    otherDates.ask(storeId as StoreId, number);
  if (!otherDates.isAsked) return;
  for (const [storeId, ...row] of await work.entriesElsewhere(ledger.all, dates))
    otherDates.addEntry(fromLakeText(storeId as string) as StoreId, ledgerEntryOf(row));
  for (const { businessDate, blobs } of state.neighbours) {
    if (blobs.length === 0) continue;
    const manifest = await currentManifest(lake, businessDate, { blobs }, masterData);
    if (manifest) {
      const { files, stores } = await fetchDate(lake, manifest, isOurs, scratch);
      await addDocuments(work, files, businessDate, otherDates);
      for (const { storeId, failure } of stores.values())
        if (failure !== undefined) leftOut.note('store', [storeId], storeId, `${NOT_SEARCHED}: ${failure}`);
      continue;
    }
    await forEachEventSearched(parts, { businessDate, blobs }, isOurs, leftOut, NOT_SEARCHED, (event) =>
      otherDates.addEvent(event),
    );
  }
  await db.run('drop table asked');
}

async function addDocuments(
  work: SetWork,
  files: { readonly documents: readonly string[]; readonly notInForce: readonly string[] },
  businessDate: BusinessDate,
  otherDates: OtherDates,
): Promise<void> {
  for (const row of await work.documentsElsewhere(files.documents)) {
    const { documentId, amounts } = documentOf(row);
    otherDates.addDocument(fromLakeText(row[0] as string) as StoreId, documentId, {
      businessDate,
      amounts,
      notInForce: undefined,
    });
  }
  for (const [storeId, documentId, reason] of await work.notInForceElsewhere(files.notInForce))
    otherDates.addDocument(fromLakeText(storeId as string) as StoreId, fromLakeText(documentId as string), {
      businessDate,
      amounts: NO_AMOUNTS,
      notInForce: reason as string,
    });
}
