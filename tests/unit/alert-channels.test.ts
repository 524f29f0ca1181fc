/**
 * What each channel sends. The limits are those that public reports ran into: MicrosoftDocs/msteams-docs#11274 (24,453 bytes
 * become 28,897 in the workflow), prometheus-msteams#146 and #29 (200 with a failure in the body), bugsink#317 (Slack header
 * of more than 150 characters), elastic/kibana#73061 and grafana/oncall#5121 (section of more than 3,000),
 * nodemailer#1766 and #1289 (addresses that hold more than an address).
 */
import fc from 'fast-check';
import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import type { ChannelMail, ChannelRequest } from '../../shared/alerts/channels/channel.ts';
import { emailChannel } from '../../shared/alerts/channels/email.ts';
import { slackChannel } from '../../shared/alerts/channels/slack.ts';
import { teamsChannel } from '../../shared/alerts/channels/teams.ts';
import type { Notice, NoticeItem } from '../../shared/alerts/notice.ts';
import { alertOf, itemOf, noticeOf } from '../support/alerts.ts';

const LINKS = ['Acknowledge', 'Snooze', 'Mute'].map((label) => ({
  label,
  url: `https://tills.example.com/alerts/${'t'.repeat(300)}`,
}));
const mailRoute = {
  name: 'ops',
  channel: 'email' as const,
  host: 'mail.example.com',
  port: 587,
  security: 'starttls' as const,
  user: 'tillstream',
  from: 'alerts@example.com',
  to: ['ops@example.com', 'lead@example.com'],
};

const teams = (notice: Notice): ChannelRequest =>
  teamsChannel.request(notice, { name: 'ops', channel: 'teams' }, 'https://flow.example.com/x?sig=1', 0);
const slack = (notice: Notice): ChannelRequest =>
  slackChannel.request(notice, { name: 'ops', channel: 'slack' }, ' https://hooks.slack.com/services/x\n', 0);
const mail = (notice: Notice): ChannelMail => emailChannel.request(notice, mailRoute, 'password', 0);

/** All texts within a value, whatever holds them. */
function textsIn(value: unknown, name = 'text'): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name && typeof inner === 'string' ? [inner] : textsIn(inner, name),
  );
}

const odd = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.toWellFormed()),
  fc.constantFrom(
    '"'.repeat(80),
    '\\'.repeat(80),
    '&<>'.repeat(40),
    '\r\nBcc: x@y.example',
    '🍎'.repeat(40),
    '{{DATE(2026-01-01)}}',
  ),
);
const anyAlert: fc.Arbitrary<Alert> = fc
  .record({ title: odd, detail: fc.array(odd, { maxLength: 12 }), number: fc.nat() })
  .map(({ title, detail, number }) =>
    alertOf({
      alertId: alertIdOf('x', String(number)),
      title: title === '' ? ' ' : title.slice(0, 199).toWellFormed(),
      detail: detail.join('\n').slice(0, 1_999).toWellFormed(),
    }),
  );
const anyNotice: fc.Arbitrary<Notice> = fc
  .record({
    items: fc.array(anyAlert, { minLength: 1, maxLength: 120, size: 'max' }),
    remark: fc.option(odd, { nil: undefined }),
    hasLinks: fc.boolean(),
  })
  .map(({ items, remark, hasLinks }) =>
    noticeOf({
      reason: items.length === 1 ? 'raised' : 'digest',
      items: items.map((alert) => itemOf(alert, hasLinks ? LINKS : [])) as [NoticeItem],
      remark,
    }),
  );

describe('Microsoft Teams', () => {
  test('an alert is a card with its facts and links', () => {
    const body = JSON.parse(teams(noticeOf({ items: [itemOf(alertOf(), LINKS)] })).body) as object;
    expect(body).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' } },
        },
      ],
    });
    const texts = textsIn(body).join('\n');
    expect(texts).toContain('Cash short by 12.00 EUR at till T1 in S1');
    expect(texts).toContain('2026-03-02 20:00 (Europe/Berlin)');
    expect(textsIn(body, 'title')).toEqual(['Acknowledge', 'Snooze', 'Mute']);
  });

  test('whatever the texts, it fits after the workflow has put it into another JSON text', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const { body } = teams(notice);
        expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(28_672);
        const elements = (JSON.parse(body) as { attachments: [{ content: { body: object[] } }] })
          .attachments[0].content.body;
        const types = new Set(elements.map((element) => (element as { type: string }).type));
        expect([...types].every((type) => ['RichTextBlock', 'ActionSet'].includes(type))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('alerts that do not fit are counted', () => {
    const items = Array.from({ length: 200 }, (_, index) =>
      itemOf(
        alertOf({
          alertId: alertIdOf('x', `${index}`),
          title: `Alert number ${index}.`,
          detail: '"'.repeat(500),
        }),
      ),
    );
    const body = teams(noticeOf({ reason: 'digest', items: items as [NoticeItem] })).body;
    const shown = [...body.matchAll(/Alert number \d+\./g)].length;
    expect(shown).toBeGreaterThan(5);
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(28_672);
    expect(body).toContain(`${200 - shown} more did not fit`);
    expect(body).toContain('200 alerts: 200 warning');
  });

  test.each([
    ['', undefined],
    ['1', undefined],
    [
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 412 with ContextId',
      expect.stringContaining('412'),
    ],
  ])('the answer %j', (answer, failure) => {
    expect(teams(noticeOf()).failureIn?.(answer)).toEqual(failure);
  });
});

describe('Slack', () => {
  test('whatever the texts, all of its limits hold and nothing becomes a mention or a link', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const message = JSON.parse(slack(notice).body) as {
          text: string;
          blocks: { type: string; text?: { type: string; text: string }; elements?: { text: string }[] }[];
        };
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        expect(message.text.length).toBeLessThanOrEqual(4_000);
        for (const { type, text, elements = [] } of message.blocks) {
          if (text) expect(text.text.length).toBeGreaterThan(0);
          if (type === 'header') expect(text?.text.length).toBeLessThanOrEqual(150);
          else expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
          for (const element of elements) expect(element.text.length).toBeLessThanOrEqual(3_000);
          const marked = [
            ...(text?.type === 'mrkdwn' ? [text.text] : []),
            ...elements.map((one) => one.text),
          ];
          for (const one of marked)
            expect(one.replace(/<https:[^<>|]+\|\w+>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a mention in the name of a product stays text', () => {
    const alert = alertOf({ title: 'Out of stock: <!channel> A&B', operatorId: '<@U1>' as never });
    const body = slack(noticeOf({ items: [itemOf(alert)] })).body;
    expect((JSON.parse(body) as { text: string }).text).toContain('&lt;!channel&gt; A&amp;B');
    expect(body).toContain('Operator: &lt;@U1&gt;');
  });

  test('the address is the secret, and an answer other than ok is a failure', () => {
    const request = slack(noticeOf());
    expect(request.url).toBe('https://hooks.slack.com/services/x');
    expect(request.failureIn?.('ok')).toBeUndefined();
    expect(request.failureIn?.('<html>maintenance')).toBe('<html>maintenance');
  });
});

describe('e-mail', () => {
  test('an alert is a text with its facts and links, and keeps its thread', () => {
    const made = mail(noticeOf({ items: [itemOf(alertOf(), LINKS)] }));
    expect(made).toMatchObject({
      server: { host: 'mail.example.com', security: 'starttls', user: 'tillstream', password: 'password' },
      subject: '[warning] Cash short by 12.00 EUR at till T1 in S1',
      messageId: `${alertOf().alertId}_ops@example.com`,
      references: [`${alertOf().alertId}@example.com`],
      isUrgent: false,
    });
    expect(made.text).toContain(`Acknowledge:\n${LINKS[0]?.url}`);
    expect(made.text).toContain('Raised at:  2026-03-02 20:00 (Europe/Berlin)');
  });

  test('whatever the texts, no line ends in subject or id', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const { subject, messageId, references } = mail(notice);
        for (const text of [subject, messageId, ...references])
          expect(text).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
        expect(subject.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 60 },
    );
  });

  const parse = (more: object, schema = alertRoutesFileSchema) =>
    schema.safeParse({ routes: [{ ...mailRoute, ...more }] });

  test.each([
    '"xclow3n@gmail.com x"@internal.example',
    'Ops <ops@example.com>',
    'ops@example.com, more@example.com',
    'ops@example.com\r\nBcc: x@example.com',
    'ops@example.com ',
    'ops@localhost',
    'a@b@example.com',
    '(comment)ops@example.com',
    'ops@[10.0.0.1]',
  ])('the address %j is refused', (address) => {
    expect(parse({ to: [address] }).success).toBe(false);
    expect(parse({ from: address }).success).toBe(false);
  });

  test.each([
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '10.0.0.4',
    '169.254.169.254',
    '[::1]',
    '::1',
    '::ffff:10.0.0.1',
    'mail',
    'mail.internal',
    'user@mail.example.com',
    'mail.example.com/x',
    'mail.example.com:25',
    '',
  ])('the mail server %j is refused', (host) => {
    const parsed = parse({ host });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.path).toEqual(['routes', 0, 'host']);
  });

  test('there is nothing less than TLS, but for a developer on this machine', () => {
    expect(parse({ security: 'none' }).success).toBe(false);
    expect(parse({ security: 'none', host: 'localhost' }, localAlertRoutesFileSchema).success).toBe(true);
    const { security, port, ...rest } = mailRoute;
    expect([security, port]).toEqual(['starttls', 587]);
    expect(alertRoutesFileSchema.parse({ routes: [rest] }).routes[0]).toMatchObject({ security, port });
  });
});
