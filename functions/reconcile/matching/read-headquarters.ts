import { messageOf, PermanentError } from '../../../shared/errors.ts';
import type { StoreId } from '../../../shared/ids.ts';
import {
  headquartersPart,
  type HeadquartersReceipt,
  type HeadquartersSource,
  type HeadquartersStatement,
} from '../../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import type { StoreHeadquarters } from '../../../shared/reconciliation/headquarters.ts';
import type { LeftOut } from './left-out.ts';
import type { DayState } from './day-state.ts';
import type { LedgerScope } from './read-ledger.ts';

export interface HeadquartersParts {
  /** Undefined where Commerce headquarters is not read. */
  readonly headquarters?: HeadquartersSource | undefined;
  /** Also what is not available counts as unreadable: it was tried as often as it is worth. */
  readonly isTolerant?: boolean;
}

export const NOTHING_THERE: StoreHeadquarters = { receipts: [], statements: [] };

/** Whether headquarters was read for the date. */
export const isReadThere = (
  { headquarters }: HeadquartersParts,
  { businessDate, inputs }: DayState,
): boolean =>
  headquarters !== undefined &&
  inputs.ledgerFiles.some((file) => file.name === headquartersPart(businessDate));

/** What headquarters has of the date, by store of the shard; undefined where it was not read for this date. */
export async function readHeadquarters(
  parts: HeadquartersParts,
  { state, stores, isOurs }: LedgerScope,
  leftOut: LeftOut,
): Promise<ReadonlyMap<StoreId, StoreHeadquarters> | undefined> {
  const { headquarters, isTolerant = false } = parts;
  if (!headquarters || !isReadThere(parts, state)) return undefined;
  const name = headquartersPart(state.businessDate);
  const unknown = new Map<string, number>();
  const receipts = new Map<StoreId, HeadquartersReceipt[]>();
  const statements: HeadquartersStatement[] = [];
  try {
    for await (const row of headquarters.rows(name)) {
      if ('statement' in row) {
        statements.push(row.statement);
        continue;
      }
      const { storeId } = stores.ofDimension(row.receipt.store);
      if (!isOurs(storeId)) continue;
      // Headquarters may run stores that Tillstream does not: they are no fault of any day, and yet not passed over.
      if (stores.dayEndMs(storeId, state.businessDate) === undefined) {
        unknown.set(storeId, (unknown.get(storeId) ?? 0) + 1);
        continue;
      }
      const of = receipts.get(storeId);
      if (of) of.push(row.receipt);
      else receipts.set(storeId, [row.receipt]);
    }
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) && !isTolerant) throw thrown;
    leftOut.note('ledger-file', undefined, name, `What headquarters has is not told: ${messageOf(thrown)}`);
    return undefined;
  }
  if (unknown.size > 0) leftOut.note('ledger-file', [], name, unknownText(unknown));
  return new Map([...receipts].map(([storeId, of]) => [storeId, { receipts: of, statements }]));
}

const NAMED_UNITS = 5;

function unknownText(unknown: ReadonlyMap<string, number>): string {
  const units = [...unknown.keys()].sort();
  const receipts = [...unknown.values()].reduce((sum, count) => sum + count, 0);
  const more = units.length > NAMED_UNITS ? ` and ${units.length - NAMED_UNITS} more` : '';
  return (
    `Headquarters has ${receipts} receipts of operating units that no store has as its ledger dimension or id: ` +
    `${units.slice(0, NAMED_UNITS).join(', ')}${more}. They are in no total`
  );
}
