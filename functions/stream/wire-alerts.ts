import type { Alert } from '../../shared/alerts/alert.ts';
import { linksOf } from '../../shared/alerts/action-links.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { ALERT_CHANNELS } from '../../shared/alerts/channels/list.ts';
import type { NoticeItem } from '../../shared/alerts/notice.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { tableHeldAlerts } from '../../shared/azure/alerts/held-alerts.ts';
import { tableResponses } from '../../shared/azure/alerts/responses.ts';
import { tableRouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import { queueClient, tableClient } from '../../shared/azure/clients.ts';
import type { MasterDataFile } from '../../shared/azure/master-data.ts';
import { QUEUES, SECRETS, TABLES } from '../../shared/azure/names.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Settings } from '../../shared/settings.ts';
import { epochMsOf, localText, type Clock } from '../../shared/time.ts';
import { createAlertLinks } from './alert-links.ts';
import { createAlertLives } from './alert-lives.ts';
import { createDeliver } from './deliver.ts';
import { createSendDigests } from './digests.ts';
import { createFollowUp } from './follow-up.ts';
import { createNotify } from './notify.ts';
import { createSend } from './send.ts';

export interface WireAlertsOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: Secrets;
  readonly deadLetters: DeadLetters;
  readonly catalog: Pick<MasterDataFile<Catalog>, 'get'>;
  readonly routes: Pick<MasterDataFile<readonly Route[]>, 'get'>;
  /** How long to wait after each failed try of an alert; tests do not wait. */
  readonly ladderMs?: readonly number[] | undefined;
}

/** Wires what happens to an alert once it is in the queue `alerts`. */
export function wireAlerts(options: WireAlertsOptions) {
  const { settings, clock, log, secrets, deadLetters } = options;
  const responsesTable = tableClient(settings.state, TABLES.responses);
  const queue = queueClient(settings.state, QUEUES.alerts);
  const alertLog = tableAlertLog(tableClient(settings.state, TABLES.alerts));
  const [responses, held] = [tableResponses(responsesTable), tableHeldAlerts(responsesTable)];
  const routes = () => options.routes.get();
  const zoneOf = (storeId: string) => zoneIn(options, storeId);
  const itemOf = (alert: Alert, route: Route) => noticeItem(options, alert, route);
  const shared = { alertLog, routes, clock, log, ladderMs: options.ladderMs, random: Math.random, itemOf };
  const deliver = createDeliver({
    ...shared,
    channels: ALERT_CHANNELS,
    secrets,
    send: createSend({ mayStay: settings.isDevelopment }),
    switches: tableRouteSwitches(responsesTable),
    putLater: (message, delayMs) => putMessage(queue, message, delayMs),
    deadLetters,
  });
  const lives = createAlertLives({ responses, alertLog, clock });
  const sendDigests = createSendDigests({ ...shared, held, responses, deliver });
  return {
    notify: createNotify({ ...shared, zoneOf, lives, held, deliver, deadLetters }),
    followUp: createFollowUp({
      ...shared,
      responses,
      zoneOf,
      sendDigests,
      putMessage: (message) => putMessage(queue, message),
    }),
    alertLinks: createAlertLinks({
      responses,
      secrets,
      clock,
      raisedAtText: async ({ storeId, alert, since }) =>
        timeText(alert?.raisedAt ?? since, (await zoneOf(storeId)) ?? 'UTC'),
    }),
  };
}

/** Undefined without master data, too: an alert is worth more than its clock. */
async function zoneIn({ catalog, log }: WireAlertsOptions, storeId: string): Promise<string | undefined> {
  try {
    return (await catalog.get()).stores.get(storeId as Alert['storeId'])?.timeZone;
  } catch (thrown) {
    log.warn('Alerts are sent without the clocks of stores', { error: messageOf(thrown) });
    return undefined;
  }
}

/** Without a key there are no links: then the page and the command line answer alerts. */
async function noticeItem(options: WireAlertsOptions, alert: Alert, route: Route): Promise<NoticeItem> {
  const { settings, secrets, clock } = options;
  const [keys, zone] = [await secrets.find(SECRETS.alertLinkKey), await zoneIn(options, alert.storeId)];
  const links = keys
    ? linksOf(alert, route.name, { key: keys[0], publicUrl: settings.publicUrl, nowMs: clock() })
    : [];
  return { alert, raisedAtText: timeText(alert.raisedAt, zone ?? 'UTC'), links };
}

const timeText = (instant: string, zone: string): string =>
  `${localText(epochMsOf(instant), zone)} (${zone})`;
