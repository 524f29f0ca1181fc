import { z } from 'zod';
import { storeIdSchema } from '../ids.ts';
import { ALERT_KINDS, ALERT_SEVERITIES, type Alert } from './alert.ts';
import { refusalOf } from './public-address.ts';

/**
 * `alert-routes.json` of the master data: where alerts go. A route takes the alerts that fit all of its filters; a
 * filter that is missing lets everything through, and an alert may take several routes.
 */
const routeName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'must be 1 to 60 of a-z, 0-9 and - (it names a secret)');

const webhookRoute = (mayStay: boolean) =>
  z.strictObject({
    name: routeName.describe('Name of the route and of its signing secret: alert-NAME in Key Vault.'),
    channel: z.literal('webhook').describe('How alerts are sent.'),
    url: z
      .string()
      .max(2_000)
      .superRefine((url, context) => {
        const message = refusalOf(url, mayStay);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .describe('Where alerts are sent: https, and a public host.'),
    kinds: z.array(z.enum(ALERT_KINDS)).min(1).optional().describe('Only alerts of these kinds.'),
    stores: z.array(storeIdSchema).min(1).optional().describe('Only alerts of these stores.'),
    minSeverity: z.enum(ALERT_SEVERITIES).optional().describe('Only alerts of this severity or higher.'),
  });

const alertRouteSchema = (mayStay: boolean) => z.discriminatedUnion('channel', [webhookRoute(mayStay)]);
export type AlertRoute = z.infer<ReturnType<typeof alertRouteSchema>>;

const fileSchema = (mayStay: boolean) =>
  z.strictObject({
    routes: z
      .array(alertRouteSchema(mayStay))
      .max(50)
      .describe('All routes; an alert may match several.')
      .refine((routes) => new Set(routes.map((route) => route.name)).size === routes.length, {
        error: 'route names must differ',
      }),
  });

export const alertRoutesFileSchema = fileSchema(false);
/** Also lets routes lead to this machine: for development. */
export const localAlertRoutesFileSchema = fileSchema(true);

/** The routes that an alert takes, in the file's order. */
export function routesOf(alert: Alert, routes: readonly AlertRoute[]): AlertRoute[] {
  return routes.filter(
    (route) =>
      (route.kinds?.includes(alert.kind) ?? true) &&
      (route.stores?.includes(alert.storeId) ?? true) &&
      ALERT_SEVERITIES.indexOf(alert.severity) >= ALERT_SEVERITIES.indexOf(route.minSeverity ?? 'info'),
  );
}
