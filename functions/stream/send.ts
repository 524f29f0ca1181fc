import type { ChannelMessage } from '../../shared/alerts/channels/channel.ts';
import { createSendMail } from './send-mail.ts';
import { createSendWebhook } from './send-webhook.ts';

/** Sends what a channel made, by HTTP or SMTP. @throws PermanentError; TransientError */
export type Send = (message: ChannelMessage) => Promise<void>;

export function createSend(options: { readonly mayStay: boolean }): Send {
  const sendWebhook = createSendWebhook(options);
  const sendMail = createSendMail(options);
  return (message) => ('url' in message ? sendWebhook(message) : sendMail(message));
}
