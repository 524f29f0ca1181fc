import { routesFileSchema } from '../alerts/alert-routes.ts';
import { ALERT_CHANNELS } from '../alerts/channels/list.ts';
import { limitsFileSchema } from '../alerts/limits.ts';
import { MESSAGE_KINDS } from '../alerts/messages.ts';
import { ALERT_KINDS, ALL_RULES } from './all-rules.ts';

/** The schemas of the master data about alerts, made from the lists of rules and channels. */
const KINDS = [...ALERT_KINDS, ...MESSAGE_KINDS];
export const alertRoutesFileSchema = routesFileSchema(ALERT_CHANNELS, KINDS, false);
/** Also lets routes lead to this machine: for development. */
export const localAlertRoutesFileSchema = routesFileSchema(ALERT_CHANNELS, KINDS, true);
export const alertLimitsFileSchema = limitsFileSchema(ALL_RULES);
