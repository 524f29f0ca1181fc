import { z } from 'zod';
import { ALERT_SEVERITIES, type Alert } from './alert.ts';
import { isMessage } from './messages.ts';
import type { AnyChannel, Route } from './channels/channel.ts';
import type { ALERT_CHANNELS } from './channels/list.ts';
import { commonRouteFields } from './route-fields.ts';

/**
 * `alert-routes.json` of the master data: where alerts go. A route takes the alerts that fit all of its filters; a
 * filter that is missing lets everything through, and an alert may take several routes.
 */
export type AlertRoute = z.infer<ReturnType<(typeof ALERT_CHANNELS)[number]['routeSchema']>>;

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
      })
      .superRefine((routes, context) => {
        for (const { index, message } of escalationFaults(routes as unknown as Route[]))
          context.addIssue({ code: 'custom', path: [index, 'escalation', 'to'], message });
      }),
  }) as unknown as z.ZodType<{ routes: z.infer<ReturnType<One['routeSchema']>>[] }>;
}

/** The routes that an alert takes, in the file's order. */
export function routesOf<One extends Route>(alert: Alert, routes: readonly One[]): One[] {
  return routes.filter(
    (route) =>
      route.onlyEscalated !== true &&
      // A message of the night goes only where it is asked for.
      (route.kinds?.includes(alert.kind) ?? !isMessage(alert.kind)) &&
      (route.stores?.includes(alert.storeId) ?? true) &&
      ALERT_SEVERITIES.indexOf(alert.severity) >= ALERT_SEVERITIES.indexOf(route.minSeverity ?? 'info'),
  );
}

/** An escalation must lead to another route of the file, and in the end to none. */
function escalationFaults(routes: readonly Route[]): { index: number; message: string }[] {
  const byName = new Map(routes.map((route) => [route.name, route]));
  return routes.flatMap(({ name, escalation }, index) => {
    if (!escalation) return [];
    if (!byName.has(escalation.to)) return [{ index, message: `${escalation.to} is no route of this file` }];
    const passed = new Set([name]);
    for (let next: string | undefined = escalation.to; next !== undefined;) {
      if (passed.has(next)) return [{ index, message: `leads back to ${next}, so it would never end` }];
      passed.add(next);
      next = byName.get(next)?.escalation?.to;
    }
    return [];
  });
}
