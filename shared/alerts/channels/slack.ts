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
 * Slack: blocks to an incoming webhook, whose address is the secret `alert-NAME`. `text` is what notifications and screen
 * readers say. Links are texts and not buttons: a button would need an app that answers interactions.
 */
export const slackChannel = alertChannel({
  name: 'slack',
  routeSchema: ({ name, ...filters }) =>
    z.strictObject({ name, channel: z.literal('slack').describe('To Slack.'), ...filters }),
  request(notice, _route, secret) {
    return {
      // Whoever knows the address can post, so it is in no file. It is checked when it is used.
      url: secret.trim(),
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Tillstream' },
      body: JSON.stringify({
        text: escaped(cutText(printable(`${SIGNS[severityOf(notice)]} ${titleOf(notice)}`), MAX_FALLBACK)),
        blocks: blocksOf(notice),
        unfurl_links: false,
        unfurl_media: false,
      }),
      failureIn: (answer) =>
        answer.trim() === '' || answer.trim() === 'ok' ? undefined : cutText(answer, 200),
    };
  },
});

/** Slack refuses the whole message for one text beyond these (`invalid_blocks`). */
const MAX_BLOCKS = 50;
const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
const MAX_FALLBACK = 1_000;
/** Title and remark, and the line that says what is left out. */
const FRAME_BLOCKS = 3;
const BLOCKS_OF_ITEM = 3;

const SIGNS = { critical: 'CRITICAL', warning: 'Warning', info: 'Info' } as const;

function blocksOf(notice: Notice): object[] {
  const most = Math.floor((MAX_BLOCKS - FRAME_BLOCKS) / BLOCKS_OF_ITEM);
  const shown = notice.items.slice(0, most);
  const left = notice.items.length - shown.length;
  const isOne = notice.items.length === 1;
  const title = printable(`${SIGNS[severityOf(notice)]}: ${titleOf(notice)}`);
  return [
    { type: 'header', text: { type: 'plain_text', text: fitting(title, MAX_HEADER), emoji: false } },
    ...(notice.remark === undefined ? [] : [context(escaped(printable(notice.remark)))]),
    ...shown.flatMap((item) => itemBlocks(item, isOne)),
    ...(left > 0
      ? [context(`${left} more did not fit in this message: see the alerts of /operations.`)]
      : []),
  ];
}

function itemBlocks(item: NoticeItem, isOne: boolean): object[] {
  const { alert, links } = item;
  const texts = [...(isOne ? [] : [alert.title]), alert.detail]
    .map(printableLines)
    .filter((text) => text !== '');
  const facts = factsOf(item)
    .map(([name, value]) => escaped(printable(`${name}: ${value}`)))
    .join('  |  ');
  return [
    ...(texts.length === 0
      ? []
      : [
          {
            type: 'section',
            text: { type: 'plain_text', text: fitting(texts.join('\n'), MAX_SECTION), emoji: false },
          },
        ]),
    context(facts),
    // A link that is cut in the middle leads nowhere, so those that do not fit are left out whole.
    ...(links.length === 0
      ? []
      : [section(links.map(({ label, url }) => `<${url}|${escaped(label)}>`).join('  |  '))]),
  ];
}

const section = (text: string): object => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
});
const context = (text: string): object => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: cutEscaped(text, MAX_SECTION), verbatim: true }],
});

/** `<!channel>` in the name of a product must wake nobody. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const fitting = (text: string, most: number): string =>
  text.length <= most ? text : `${cutText(text, most - 1)}…`;

/** Cut between two entities, never inside of one. */
const cutEscaped = (text: string, most: number): string =>
  text.length <= most ? text : `${cutText(text, most - 1).replace(/&[a-z]{0,3}$/, '')}…`;
