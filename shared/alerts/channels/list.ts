import { emailChannel } from './email.ts';
import { slackChannel } from './slack.ts';
import { teamsChannel } from './teams.ts';
import { webhookChannel } from './webhook.ts';

/** Every way to send alerts. A new one is a file beside this one and a line here. */
export const ALERT_CHANNELS = [webhookChannel, teamsChannel, slackChannel, emailChannel] as const;
