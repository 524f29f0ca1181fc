import type { z } from 'zod';
import type { storeIdSchema } from '../../ids.ts';
import type { Alert } from '../alert.ts';

/** What every route has, see `commonRouteFields`. */
export interface Route {
  readonly name: string;
  readonly channel: string;
  readonly kinds?: readonly string[] | undefined;
  readonly stores?: readonly string[] | undefined;
  readonly minSeverity?: Alert['severity'] | undefined;
}

/** The schemas of those fields, for a channel to spread into its own. */
export interface CommonRouteFields {
  readonly name: z.ZodString;
  readonly kinds: z.ZodOptional<z.ZodArray<z.ZodEnum<Record<string, string>>>>;
  readonly stores: z.ZodOptional<z.ZodArray<typeof storeIdSchema>>;
  readonly minSeverity: z.ZodOptional<z.ZodEnum<{ info: 'info'; warning: 'warning'; critical: 'critical' }>>;
}

/** What goes over the wire. It is sent as a POST to a public address only. */
export interface ChannelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A way to send alerts: a file of its own, and one line in `list.ts`. */
export interface Channel<Name extends string, RouteSchema extends z.ZodType<Route>> {
  /** As `channel` in alert-routes.json. */
  readonly name: Name;
  /** A strict object with the common fields, `channel` as the literal of its name, and what else it needs. */
  routeSchema(common: CommonRouteFields, mayStay: boolean): RouteSchema;
  /**
   * The same alert to the same route is the same message, however often it is sent, so a receiver can drop repeats.
   * @param secret of the route, as it is in Key Vault.
   * @throws PermanentError for a secret or an alert that this channel cannot take.
   */
  request(alert: Alert, route: z.infer<RouteSchema>, secret: string, nowMs: number): ChannelRequest;
}

export type AnyChannel = Channel<string, z.ZodType<Route>>;

/** Ties a channel to its own types while it is written. */
export function alertChannel<Name extends string, RouteSchema extends z.ZodType<Route>>(
  channel: Channel<Name, RouteSchema>,
): Channel<Name, RouteSchema> {
  return channel;
}
