import { createHash } from 'node:crypto';
import { readLink, type LinkClaims } from '../../shared/alerts/action-links.ts';
import { alertCommandSchema } from '../../shared/alerts/life-commands.ts';
import type { AlertActor, AlertLife, PlannedEscalation } from '../../shared/alerts/life.ts';
import { printable } from '../../shared/alerts/notice.ts';
import { respond } from '../../shared/azure/alerts/respond.ts';
import type { Responses } from '../../shared/azure/alerts/responses.ts';
import { SECRETS } from '../../shared/azure/names.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { TransientError } from '../../shared/errors.ts';
import { cutText } from '../../shared/ids.ts';
import type { Logger } from '../../shared/log.ts';
import { withoutCardNumbers } from '../../shared/privacy/card-data.ts';
import { alertLinkPage, linkMessagePage } from '../../shared/reports/alert-link-page.ts';
import { stateText } from '../../shared/reports/alert-state.ts';
import { PAGE_HEADERS } from '../../shared/reports/page.ts';
import type { Clock } from '../../shared/time.ts';

interface LinkRequest {
  /** `GET` also stands for HEAD. */
  readonly method: 'GET' | 'POST';
  readonly token: string;
  readonly header: (name: string) => string | undefined;
  readonly body: () => Promise<string>;
}

interface LinkAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface AlertLinksOptions {
  readonly responses: Pick<Responses, 'life' | 'commit'>;
  readonly secrets: Pick<Secrets, 'find'>;
  /** When an alert was raised, as its store reads the clock. */
  readonly raisedAtText: (life: AlertLife) => Promise<string>;
  readonly clock: Clock;
}

/** Answers the links of messages: GET asks, POST acts. Nobody is signed in; the link is what counts. */
export type AlertLinks = (request: LinkRequest, log: Logger) => Promise<LinkAnswer>;

const MAX_FORM_CHARACTERS = 5_000;

export function createAlertLinks(options: AlertLinksOptions): AlertLinks {
  return async (request, log) => {
    try {
      return await answer(options, request);
    } catch (thrown) {
      log.error('A link of an alert failed', {}, thrown);
      if (!(thrown instanceof TransientError))
        return message(
          500,
          'Something went wrong',
          'The error is in the log. Answer the alert on the page /operations.',
        );
      return message(503, 'Try again in a moment', 'A service does not respond. Nothing was changed.', {
        'retry-after': '10',
      });
    }
  };
}

async function answer(options: AlertLinksOptions, request: LinkRequest): Promise<LinkAnswer> {
  const { secrets, responses, clock } = options;
  const keys = await secrets.find(SECRETS.alertLinkKey);
  const read = readLink(request.token, keys ?? [], clock());
  if ('refusal' in read)
    return read.refusal === 'expired'
      ? message(
          410,
          'This link has ended',
          'Links in messages are good for a week. Answer the alert on the page /operations.',
        )
      : message(
          404,
          'Not a link of ours',
          'It may have been cut: open it from the message again, or use the page /operations.',
        );
  const { claims } = read;
  const stored = await responses.life(claims.alertId, claims.businessDate);
  if (!stored)
    return message(
      404,
      'Unknown alert',
      'It has not arrived yet, or its data is gone. Look at the page /operations.',
    );
  const { life } = stored;
  const raisedAtText = await options.raisedAtText(life);
  const ask = (status: number, fault?: string): LinkAnswer =>
    page(status, alertLinkPage({ action: claims.action, life, raisedAtText, fault }));
  if (life.state === 'cleared')
    return page(200, linkMessagePage('It is over', 'There is nothing left to do.', life, raisedAtText));
  if (request.method === 'GET') return ask(200);
  const form = await formOf(request);
  if (typeof form === 'string') return ask(400, form);
  return act(options, claims, form, raisedAtText, ask);
}

async function act(
  { responses, clock }: AlertLinksOptions,
  claims: LinkClaims,
  form: URLSearchParams,
  raisedAtText: string,
  ask: (status: number, fault?: string) => LinkAnswer,
): Promise<LinkAnswer> {
  const name = cutText(withoutCardNumbers(printable(form.get('name') ?? '')).trim(), 100);
  if (name === '') return ask(400, 'Say who you are, so that others know who takes care of it.');
  const why = cutText(printable(form.get('reason') ?? '').trim(), 300);
  const command = alertCommandSchema.safeParse({
    action: claims.action,
    ...(claims.action === 'snooze' && { minutes: Number(form.get('minutes')) }),
    ...(claims.action === 'mute' && { days: Number(form.get('days')) }),
    ...(why !== '' && { reason: why }),
  });
  if (!command.success) return ask(400, 'Choose for how long.');
  const by: AlertActor = { kind: 'link', id: claims.route, name: `${name} (by a link to ${claims.route})` };
  const nowMs = clock();
  // The same form sent twice is one intention; the same link used again later is another.
  const minute = Math.floor(nowMs / 60_000);
  const key = `link-${createHash('sha256')
    .update(JSON.stringify([claims, form.toString(), minute]))
    .digest('hex')
    .slice(0, 32)}`;
  const next = (): PlannedEscalation[] => [];
  const result = await respond(responses, { ...claims, command: command.data }, { by, nowMs, key, next });
  switch (result.kind) {
    case 'done':
      return page(200, linkMessagePage('Done', stateText(result.life), result.life, raisedAtText));
    case 'refused':
      return page(200, linkMessagePage('Nothing to do', result.refusal.text, result.life, raisedAtText));
    default:
      return message(404, 'Unknown alert', 'Look at the page /operations.');
  }
}

/** What was posted, or why it is refused. The link itself is the proof, but only a form of ours asks for it. */
async function formOf(request: LinkRequest): Promise<URLSearchParams | string> {
  const site = request.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return 'The request came from another site.';
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return 'Use the form on this page.';
  const body = await request.body();
  return body.length > MAX_FORM_CHARACTERS ? 'The form is too large.' : new URLSearchParams(body);
}

const page = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): LinkAnswer => ({
  status,
  // A link in a message must not be found by others.
  headers: { ...PAGE_HEADERS, 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer', ...headers },
  body,
});

const message = (
  status: number,
  title: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): LinkAnswer => page(status, linkMessagePage(title, text), headers);
