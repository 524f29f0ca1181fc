import { odata, type TableClient } from '@azure/data-tables';
import { alertSchema, type Alert } from '../alerts/alert.ts';
import { messageOf } from '../errors.ts';
import type { BusinessDate, StoreId } from '../ids.ts';
import { textOf, textProperties } from '../row-text.ts';
import { asOurError, isConflict } from './sdk-errors.ts';

/**
 * Every alert there was, by business date, with where it was delivered. One row is the alert (`<alertId>`), one more
 * for each delivery (`<alertId>-to-<route>`): rows are only added, so two instances cannot overwrite each
 * other's notes.
 */
export interface LoggedAlert {
  readonly alert: Alert;
  /** Names of the routes that have taken it. */
  readonly deliveredTo: readonly string[];
}

export interface AlertLog {
  /** Notes the alert, unless it is noted already, and tells which routes have it. @throws TransientError */
  record(alert: Alert): Promise<ReadonlySet<string>>;
  /** @throws TransientError */
  markDelivered(alert: Alert, route: string, deliveredAt: string): Promise<void>;
  /** Names of the routes that have been told of an alert, on whatever occasion. @throws TransientError */
  deliveredTo(alert: Pick<Alert, 'alertId' | 'businessDate'>): Promise<ReadonlySet<string>>;
  /** The alerts of a business date, in the order of their ids; a damaged row is one that says so. @throws TransientError */
  list(date: BusinessDate): Promise<LoggedAlert[]>;
}

type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>;

export function tableAlertLog(table: TableClient): AlertLog {
  return {
    async record(alert) {
      const isFirst = await insert(table, {
        partitionKey: alert.businessDate,
        rowKey: alert.alertId,
        kind: alert.kind,
        severity: alert.severity,
        storeId: alert.storeId,
        raisedAt: alert.raisedAt,
        ...textProperties(JSON.stringify(alert)),
      });
      if (isFirst) return new Set();
      return new Set((await read(table, rowsOf(alert))).flatMap(({ deliveredTo }) => deliveredTo));
    },

    async deliveredTo(alert) {
      const names = (await read(table, rowsOf(alert))).flatMap(({ deliveredTo }) => deliveredTo);
      // What was not sent, and why, has a row as well.
      return new Set(
        names.filter((name) => !name.includes('(not sent')).map((name) => name.replace(/ .*/, '')),
      );
    },

    async markDelivered({ businessDate, alertId }, route, deliveredAt) {
      await insert(table, {
        partitionKey: businessDate,
        rowKey: `${alertId}-to-${route}`,
        route,
        deliveredAt,
      });
    },

    list: (date) => read(table, odata`PartitionKey eq ${date}`),
  };
}

/** All rows of an alert, from its own to the last delivery; `.` follows `-`. */
const rowsOf = ({ businessDate, alertId }: Pick<Alert, 'alertId' | 'businessDate'>): string =>
  odata`PartitionKey eq ${businessDate} and RowKey ge ${alertId} and RowKey lt ${`${alertId}.`}`;

/** @returns false when the row is there already. */
async function insert(table: TableClient, row: Row): Promise<boolean> {
  try {
    await table.createEntity(row);
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    throw asOurError(thrown, 'Writing to the alert log');
  }
}

async function read(table: TableClient, filter: string): Promise<LoggedAlert[]> {
  const found: { alert: Alert; deliveredTo: string[] }[] = [];
  try {
    for await (const row of table.listEntities<Row>({ queryOptions: { filter } })) {
      const route = row['route'];
      // Deliveries sort right behind their alert.
      if (typeof route === 'string') found.at(-1)?.deliveredTo.push(route);
      else found.push({ alert: alertOf(row), deliveredTo: [] });
    }
  } catch (thrown) {
    throw asOurError(thrown, 'Reading the alert log');
  }
  return found;
}

/** One row that cannot be read must not hide the others, nor itself. */
function alertOf(row: Row): Alert {
  try {
    return alertSchema.parse(JSON.parse(textOf(row)));
  } catch (thrown) {
    const businessDate = row.partitionKey as BusinessDate;
    const storeId = row['storeId'];
    return {
      alertId: row.rowKey,
      kind: 'unreadable-alert',
      severity: 'warning',
      storeId: (typeof storeId === 'string' ? storeId : '') as StoreId,
      businessDate,
      raisedAt: `${businessDate}T00:00:00.000Z`,
      title: 'An alert in the alert log cannot be read',
      detail: `Row ${row.rowKey} of ${businessDate} in the table alerts: ${messageOf(thrown)}`.slice(0, 2000),
      evidence: [],
      traceparent: '',
    };
  }
}
