import { createNotify } from '../../functions/stream/notify.ts';
import type { AlertRoute } from '../../shared/alerts/alert-routes.ts';
import type { ChannelRequest } from '../../shared/alerts/channels/channel.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import { deadLetterSchema, type DeadLetter } from '../../shared/pos/dead-letter.ts';
import { alertOf } from '../support/alerts.ts';
import { memoryTable } from '../support/memory-table.ts';
import { silentLog } from '../support/stream-fixture.ts';

const routes: AlertRoute[] = ['one', 'two'].map((name) => ({
  name,
  channel: 'webhook',
  url: `https://${name}.example/in`,
}));

function notifier() {
  const table = memoryTable();
  const sent: ChannelRequest[] = [];
  const letters: DeadLetter[] = [];
  const answers = new Map<string, Error>();
  const alertLog = tableAlertLog(table.client);
  const notify = createNotify({
    alertLog,
    routes: () => Promise.resolve(routes),
    secrets: { get: () => Promise.resolve([`whsec_${Buffer.from('k'.repeat(24)).toString('base64')}`]) },
    send: (request) => {
      const answer = answers.get(new URL(request.url).hostname);
      if (answer) return Promise.reject(answer);
      sent.push(request);
      return Promise.resolve();
    },
    deadLetters: { bury: (letter) => Promise.resolve(void letters.push(deadLetterSchema.parse(letter))) },
    clock: () => Date.UTC(2026, 2, 2, 19),
    log: silentLog,
  });
  return { notify, sent, letters, answers, alertLog };
}

const message = JSON.stringify(alertOf());

test('an alert goes to each of its routes once, however often its message comes', async () => {
  const { notify, sent, alertLog } = notifier();
  await notify(message);
  await notify(message);
  expect(sent.map(({ url }) => url)).toEqual(['https://one.example/in', 'https://two.example/in']);
  expect(await alertLog.list(alertOf().businessDate)).toEqual([
    { alert: alertOf(), deliveredTo: ['one', 'two'] },
  ]);
});

test('a route that is away is tried again, and the other gets nothing twice', async () => {
  const { notify, sent, letters, answers } = notifier();
  answers.set('one.example', new TransientError('webhook-busy', 'one.example answered 503'));
  await expect(notify(message)).rejects.toThrow(TransientError);
  answers.clear();
  await notify(message);
  expect(sent.map(({ url }) => url)).toEqual(['https://two.example/in', 'https://one.example/in']);
  expect(letters).toEqual([]);
});

test('a route that refuses for good gets a dead letter that can be replayed, and keeps nobody waiting', async () => {
  const { notify, sent, letters, answers } = notifier();
  answers.set('one.example', new PermanentError('webhook-refused', 'one.example answered 404'));
  await notify(message);
  expect(sent).toHaveLength(1);
  expect(letters).toEqual([
    expect.objectContaining({
      stage: 'notify',
      code: 'webhook-refused',
      replay: { to: 'queue', queue: 'alerts' },
    }),
  ]);
  answers.clear();
  await notify(letters[0]?.payload ?? '');
  expect(sent.map(({ url }) => url)).toEqual(['https://two.example/in', 'https://one.example/in']);
});

test.each(['no json', '{"kind":"?"}'])('the message %s is buried', async (bad) => {
  const { notify, letters } = notifier();
  await notify(bad);
  expect(letters.map(({ code, payload }) => [code, payload])).toEqual([['schema', bad]]);
});
