import { webhookChannel } from './webhook.ts';

/** Every way to send alerts. A new one is a file beside this one and a line here. */
export const ALERT_CHANNELS = [webhookChannel] as const;
