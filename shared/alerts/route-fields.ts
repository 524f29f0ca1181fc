import { z } from 'zod';
import { storeIdSchema } from '../ids.ts';
import { ALERT_SEVERITIES } from './alert.ts';
import { coversWholeWeek } from './route-times.ts';

const routeName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'must be 1 to 60 of a-z, 0-9 and - (it names a secret)');

const wallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, from 00:00 to 23:59');
const endTime = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be HH:MM, from 00:00 to 24:00');

const windows = z
  .array(
    z
      .strictObject({
        weekdays: z
          .array(z.int().min(1).max(7))
          .min(1)
          .optional()
          .describe('ISO weekdays on which it begins: 1 is Monday, 7 is Sunday; every day without it.'),
        from: wallTime.describe("Time of the store's own clock, HH:MM."),
        to: endTime.describe('The same; before `from` it is on the next day. 24:00 is midnight.'),
      })
      .refine(({ from, to }) => from !== to, { error: 'must not begin and end at the same time' }),
  )
  .min(1)
  .max(50);

const severity = z.enum(ALERT_SEVERITIES);

/** The fields of every route, whatever its channel. */
export function commonRouteFields(kinds: readonly string[]) {
  return {
    name: routeName.describe('Name of the route and of its secret: alert-NAME in Key Vault.'),
    kinds: z
      .array(z.enum(kinds as readonly [string, ...string[]]))
      .min(1)
      .optional()
      .describe(
        'Only alerts of these kinds. day-reconciled and day-failed, the messages of the night, go only to routes that name them.',
      ),
    stores: z.array(storeIdSchema).min(1).optional().describe('Only alerts of these stores.'),
    minSeverity: severity.optional().describe('Only alerts of this severity or higher.'),
    hours: windows
      .optional()
      .describe("Takes alerts only in these hours of the store's own clock; outside they take other routes."),
    quietHours: z
      .strictObject({
        windows: windows
          .refine((all) => !coversWholeWeek(all), { error: 'must leave some time for alerts to arrive' })
          .describe('When it is quiet.'),
        exceptFrom: severity
          .describe('Alerts of this severity or higher arrive all the same.')
          .default('critical'),
      })
      .optional()
      .describe('Alerts of these hours are held until they end, and then arrive as one message.'),
    digest: z
      .strictObject({
        at: z
          .array(wallTime)
          .min(1)
          .max(48)
          .optional()
          .describe("Times of the store's own clock at which one message says all."),
        everyMinutes: z.int().min(5).max(1_440).optional().describe('Or one message every so many minutes.'),
        exceptFrom: severity
          .describe('Alerts of this severity or higher arrive at once.')
          .default('critical'),
      })
      .refine(({ at, everyMinutes }) => (at === undefined) !== (everyMinutes === undefined), {
        error: 'needs either at or everyMinutes',
      })
      .optional()
      .describe('Several alerts as one message.'),
    escalation: z
      .strictObject({
        to: routeName.describe('Route of this file.'),
        afterMinutes: z
          .int()
          .min(1)
          .max(10_080)
          .describe('When nobody has acknowledged the alert so long after it was due here.'),
        minSeverity: severity.describe('Only alerts of this severity or higher.').default('warning'),
      })
      .optional()
      .describe('Where an alert goes that nobody acknowledges.'),
    onlyEscalated: z.boolean().optional().describe('Takes nothing but what another route escalates to it.'),
  };
}
