import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { Route } from '../../alerts/channels/channel.ts';
import { boundedText } from '../../row-text.ts';
import { tableRows } from '../table-rows.ts';

/**
 * Routes whose receiver wants nothing any more (410), in the table `responses`. Such a route is off until its entry or its
 * secret changes, or until somebody switches it on again.
 */
export interface RouteSwitches {
  /** @returns why the route is off; undefined while it is on. @throws TransientError */
  offReason(route: Route, secret: string): Promise<RouteOff | undefined>;
  /** @throws TransientError */
  switchOff(route: Route, secret: string, off: RouteOff): Promise<void>;
  /** @throws TransientError */
  switchOn(routeName: string): Promise<void>;
  /** Those that are off as they were then. @throws TransientError */
  list(): Promise<readonly (RouteOff & { readonly route: string })[]>;
}

interface RouteOff {
  readonly at: string;
  readonly reason: string;
}

const PARTITION = 'routes';

export function tableRouteSwitches(table: TableClient): RouteSwitches {
  const rows = tableRows(table);
  return {
    async offReason(route, secret) {
      const row = await rows.get(PARTITION, route.name);
      if (!row || row['fingerprint'] !== fingerprintOf(route, secret)) return undefined;
      return { at: String(row['at']), reason: String(row['reason']) };
    },
    switchOff: (route, secret, { at, reason }) =>
      rows.put({
        partitionKey: PARTITION,
        rowKey: route.name,
        at,
        reason: boundedText(reason, 500),
        fingerprint: fingerprintOf(route, secret),
      }),
    switchOn: (routeName) => rows.remove(PARTITION, routeName),
    async list() {
      const found = await rows.inPartition(PARTITION);
      return found.map((row) => ({
        route: row.rowKey,
        at: String(row['at']),
        reason: String(row['reason']),
      }));
    },
  };
}

/** Tells whether the route is still the one that was switched off. Not enough to find the secret by. */
function fingerprintOf(route: Route, secret: string): string {
  return createHash('sha256')
    .update(JSON.stringify([route, secret]))
    .digest('hex')
    .slice(0, 16);
}
