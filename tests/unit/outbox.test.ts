import type { TableClient } from '@azure/data-tables';
import type { QueueClient } from '@azure/storage-queue';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { alertOf } from '../support/alerts.ts';

test('P3 nothing vanishes: an alert in the queue does not expire while the app is stopped', async () => {
  const sent: unknown[] = [];
  const queue = {
    sendMessage: (_text: string, options?: unknown) => Promise.resolve(void sent.push(options)),
  } as unknown as QueueClient;
  const table = { deleteEntity: () => Promise.resolve() } as unknown as TableClient;
  await tableOutbox(table, queue).send('S1', { rowKey: 'outbox-0', alerts: [alertOf()] });
  expect(sent).toEqual([{ messageTimeToLive: -1 }]);
});
