import { z } from 'zod';
import { cutText } from '../../ids.ts';
import { hostRefusal } from '../public-address.ts';
import {
  factsOf,
  printable,
  printableLines,
  severityOf,
  titleOf,
  type Notice,
  type NoticeItem,
} from '../notice.ts';
import { alertChannel, type CommonRouteFields } from './channel.ts';

/**
 * E-mail by SMTP, as plain text: nothing in it can be taken for a link or a form of ours. The password, where the server
 * wants one, is the secret `alert-NAME`.
 *
 * Addresses are of the plain form alone (no display name, no quotes, no comments): that is where mail libraries have
 * disagreed about who gets a mail (nodemailer/nodemailer#1766).
 */
const address = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?)+$/,
    'must be a plain address such as ops@example.com',
  );

const SECURITIES = ['starttls', 'tls'] as const;
const LOCAL_SECURITIES = [...SECURITIES, 'none'] as const;

/** `none` sends everything readable, so it is for this machine alone. */
const routeSchema = ({ name, ...filters }: CommonRouteFields, mayStay: boolean) =>
  z.strictObject({
    name,
    channel: z.literal('email').describe('By e-mail.'),
    host: z
      .string()
      .max(253)
      .superRefine((host, context) => {
        const message = hostRefusal(host, mayStay);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .describe('Mail server that takes the mail: a public host.'),
    port: z.int().min(1).max(65_535).describe('587 for STARTTLS, 465 for TLS; Azure blocks 25.').default(587),
    security: z
      .enum((mayStay ? LOCAL_SECURITIES : SECURITIES) as typeof LOCAL_SECURITIES)
      .describe(
        '`starttls` begins in clear text and refuses to go on without TLS, `tls` is encrypted from the start. There is nothing less.',
      )
      .default('starttls'),
    user: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Name to sign in with; its password is the secret of the route. Without it there is no sign-in.',
      ),
    from: address.describe('Sender.'),
    to: z.array(address).min(1).max(50).describe('Recipients.'),
    ...filters,
  });

export const emailChannel = alertChannel({
  name: 'email',
  routeSchema,
  needsSecret: ({ user }) => user !== undefined,
  request(notice, { host, port, security, user, from, to }, secret) {
    const domain = from.slice(from.lastIndexOf('@') + 1);
    const idOf = (text: string): string => `${text}@${domain}`;
    const [{ alert }] = notice.items;
    return {
      server: { host, port, security, ...(user === undefined ? {} : { user, password: secret }) },
      from,
      to,
      messageId: idOf(notice.noticeId),
      references: notice.reason === 'digest' ? [] : [idOf(alert.alertId)],
      subject: cutText(printable(`[${severityOf(notice)}] ${titleOf(notice)}`), MAX_SUBJECT),
      text: textOf(notice),
      isUrgent: severityOf(notice) === 'critical',
    };
  },
});

const MAX_SUBJECT = 200;

function textOf(notice: Notice): string {
  return [
    ...(notice.remark === undefined ? [] : [printable(notice.remark), '']),
    ...notice.items.map((item) => itemText(item)),
    'Sent by Tillstream. Nobody reads answers to this mail.',
    '',
  ].join('\n');
}

function itemText(item: NoticeItem): string {
  const { alert, links } = item;
  const title = printable(alert.title);
  return [
    title,
    '-'.repeat(Math.min(title.length, 72)),
    printableLines(alert.detail),
    '',
    ...factsOf(item).map(([name, value]) => `${`${name}:`.padEnd(11)} ${printable(value)}`),
    ...(links.length === 0 ? [] : ['', ...links.map(({ label, url }) => `${label}:\n${url}`)]),
    '',
    '',
  ].join('\n');
}
