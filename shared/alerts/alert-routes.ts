import { z } from 'zod';
import { storeIdSchema } from '../ids.ts';
import { ALERT_SEVERITIES, type Alert } from './alert.ts';
import { isMessage } from './messages.ts';
import type { AnyChannel, CommonRouteFields, Route } from './channels/channel.ts';
import type { ALERT_CHANNELS } from './channels/list.ts';

/**
 * `alert-routes.json` of the master data: where alerts go. A route takes the alerts that fit all of its filters; a
 * filter that is missing lets everything through, and an alert may take several routes.
 */
export type AlertRoute = z.infer<ReturnType<(typeof ALERT_CHANNELS)[number]['routeSchema']>>;

const routeName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'must be 1 to 60 of a-z, 0-9 and - (it names a secret)');

/** The fields of every route, whatever its channel. */
function commonRouteFields(kinds: readonly string[]): CommonRouteFields {
  return {
    name: routeName.describe('Name of the route and of its signing secret: alert-NAME in Key Vault.'),
    kinds: z
      .array(z.enum(kinds as readonly [string, ...string[]]))
      .min(1)
      .optional()
      .describe(
        'Only alerts of these kinds. day-reconciled and day-failed, the messages of the night, go only to routes that name them.',
      ),
    stores: z.array(storeIdSchema).min(1).optional().describe('Only alerts of these stores.'),
    minSeverity: z.enum(ALERT_SEVERITIES).optional().describe('Only alerts of this severity or higher.'),
  };
}

/**
 * The schema of the file, made from the channels.
 * @param mayStay also lets routes lead to this machine: for development.
 */
export function routesFileSchema<One extends AnyChannel>(
  channels: readonly One[],
  kinds: readonly string[],
  mayStay: boolean,
): z.ZodType<{ routes: z.infer<ReturnType<One['routeSchema']>>[] }> {
  const common = commonRouteFields(kinds);
  // Each is a strict object with a literal `channel`, as its contract says; its type has been forgotten here.
  const schemas = channels.map((channel) => channel.routeSchema(common, mayStay)) as unknown as [z.ZodObject];
  return z.strictObject({
    routes: z
      .array(z.discriminatedUnion('channel', schemas))
      .max(50)
      .describe('All routes; an alert may match several.')
      .refine((routes) => new Set(routes.map((route) => route['name'])).size === routes.length, {
        error: 'route names must differ',
      }),
  }) as unknown as z.ZodType<{ routes: z.infer<ReturnType<One['routeSchema']>>[] }>;
}

/** The routes that an alert takes, in the file's order. */
export function routesOf<One extends Route>(alert: Alert, routes: readonly One[]): One[] {
  return routes.filter(
    (route) =>
      // A message of the night goes only where it is asked for.
      (route.kinds?.includes(alert.kind) ?? !isMessage(alert.kind)) &&
      (route.stores?.includes(alert.storeId) ?? true) &&
      ALERT_SEVERITIES.indexOf(alert.severity) >= ALERT_SEVERITIES.indexOf(route.minSeverity ?? 'info'),
  );
}
