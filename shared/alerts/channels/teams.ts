import { z } from 'zod';
import { cutText } from '../../ids.ts';
import {
  factsOf,
  printable,
  printableLines,
  severityOf,
  titleOf,
  type Notice,
  type NoticeItem,
} from '../notice.ts';
import { alertChannel } from './channel.ts';

/**
 * Microsoft Teams: an Adaptive Card to a Workflows webhook ("Post to a channel when a webhook request is received"). The
 * address of the workflow is the secret `alert-NAME`. Workflows answers 202 and posts a little later; the Office 365
 * connectors before it answered 200 with the failure in the body.
 *
 * All texts are text runs: a text block would read them as Markdown, and `[...](...)` in the name of a product is no link.
 */
export const teamsChannel = alertChannel({
  name: 'teams',
  routeSchema: ({ name, ...filters }) =>
    z.strictObject({ name, channel: z.literal('teams').describe('To Microsoft Teams.'), ...filters }),
  request(notice, _route, secret) {
    return {
      // Whoever knows the address can post, so it is in no file. It is checked when it is used.
      url: secret.trim(),
      headers: { 'content-type': 'application/json', 'user-agent': 'Tillstream' },
      body: JSON.stringify(fittingMessage(notice)),
      failureIn: (answer) =>
        /webhook message delivery failed|returned HTTP error/i.test(answer)
          ? cutText(answer, 200)
          : undefined,
    };
  },
});

/**
 * Teams takes 28,672 bytes, measured after the workflow has put the card into another JSON text, where each quotation mark
 * counts twice (MicrosoftDocs/msteams-docs#11274: 24,453 bytes sent became 28,897).
 */
const MAX_EMBEDDED_BYTES = 26_000;
const embeddedBytes = (message: object): number =>
  new TextEncoder().encode(JSON.stringify(JSON.stringify(message))).length;

/** As many alerts as fit, and how many do not: those are on the board. */
function fittingMessage(notice: Notice): object {
  for (let shown = notice.items.length; shown > 1; shown = Math.min(shown - 1, Math.floor(shown * 0.9))) {
    const message = messageOf(notice, shown);
    if (embeddedBytes(message) <= MAX_EMBEDDED_BYTES) return message;
  }
  return messageOf(notice, 1);
}

const COLORS = { critical: 'Attention', warning: 'Warning', info: 'Accent' } as const;

function messageOf(notice: Notice, shown: number): object {
  const left = notice.items.length - shown;
  const isOne = notice.items.length === 1;
  const remarks = [
    ...(notice.remark === undefined ? [] : [notice.remark]),
    ...(left > 0 ? [`${left} more did not fit in this message: see the alerts of /operations.`] : []),
  ];
  const body = [
    line([run(titleOf(notice), { weight: 'Bolder', size: 'Medium', color: COLORS[severityOf(notice)] })]),
    ...remarks.map((remark) => line([run(remark, { isSubtle: true })])),
    ...notice.items.slice(0, shown).flatMap((item) => itemElements(item, isOne)),
  ];
  const [{ links }] = notice.items;
  const actions = isOne ? links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })) : [];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          // What a screen reader and a client without cards say.
          fallbackText: cutText(printable(titleOf(notice)), 300),
          msteams: { width: 'Full' },
          body,
          ...(actions.length > 0 && { actions }),
        },
      },
    ],
  };
}

function itemElements(item: NoticeItem, isOne: boolean): object[] {
  const { alert, links } = item;
  const facts = factsOf(item).map(([name, value]) =>
    line([run(`${name}: `, { isSubtle: true }), run(value)]),
  );
  const detail = printableLines(alert.detail);
  const first = isOne ? [] : [{ ...line([run(alert.title, { weight: 'Bolder' })]), separator: true }];
  const buttons = isOne ? [] : links.slice(0, 1).map(({ label, url }) => openButton(label, url));
  return [
    ...first,
    ...detail.split('\n').map((text) => line([run(text)])),
    ...(isOne
      ? facts
      : [
          line([
            run(
              factsOf(item)
                .map(([, value]) => value)
                .join(' · '),
              { isSubtle: true },
            ),
          ]),
        ]),
    ...buttons,
  ];
}

const openButton = (title: string, url: string): object => ({
  type: 'ActionSet',
  actions: [{ type: 'Action.OpenUrl', title, url }],
});

interface RunStyle {
  readonly weight?: string;
  readonly size?: string;
  readonly color?: string;
  readonly isSubtle?: boolean;
}

const line = (inlines: readonly object[]): object => ({ type: 'RichTextBlock', inlines });

/** `{{DATE(...)}}` is a function of cards in any text; a zero-width space makes it text. */
const run = (text: string, style: RunStyle = {}): object => ({
  type: 'TextRun',
  text: printable(text).replaceAll('{{', '{\u200b{') || ' ',
  ...style,
});
