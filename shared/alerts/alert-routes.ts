import { z } from 'zod';
import { storeIdSchema } from '../ids.ts';
import { ALERT_KINDS, ALERT_SEVERITIES, type Alert } from './alert.ts';

/**
 * `alert-routes.json` of the master data: where alerts go. A route takes the alerts that fit all of its filters; a
 * filter that is missing lets everything through, and an alert may take several routes.
 */
const routeName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'must be 1 to 60 of a-z, 0-9 and - (it names a secret)');

const webhookRoute = z.strictObject({
  /** Also names the signing secret: `alert-<name>` in Key Vault. */
  name: routeName,
  channel: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/ }),
  kinds: z.array(z.enum(ALERT_KINDS)).min(1).optional(),
  stores: z.array(storeIdSchema).min(1).optional(),
  minSeverity: z.enum(ALERT_SEVERITIES).optional(),
});

const alertRouteSchema = z.discriminatedUnion('channel', [webhookRoute]);
export type AlertRoute = z.infer<typeof alertRouteSchema>;

export const alertRoutesFileSchema = z.strictObject({
  routes: z
    .array(alertRouteSchema)
    .max(50)
    .refine((routes) => new Set(routes.map((route) => route.name)).size === routes.length, {
      error: 'route names must differ',
    }),
});

/** The routes that an alert takes, in the file's order. */
export function routesOf(alert: Alert, routes: readonly AlertRoute[]): AlertRoute[] {
  return routes.filter(
    (route) =>
      (route.kinds?.includes(alert.kind) ?? true) &&
      (route.stores?.includes(alert.storeId) ?? true) &&
      ALERT_SEVERITIES.indexOf(alert.severity) >= ALERT_SEVERITIES.indexOf(route.minSeverity ?? 'info'),
  );
}
