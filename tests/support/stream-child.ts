/**
 * A stream function as a process of its own, which tests kill: reads a hub from a file, folds batch by batch into real
 * tables, and keeps a checkpoint in a file, as the host does.
 *
 * Arguments: connection string, kind, table, queue, hub file (NDJSON), checkpoint file, batch size.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import { stockFold, stockShape, tillFold, tillShape } from '../../functions/stream/folds.ts';
import { queueClient, tableClient } from '../../shared/azure/clients.ts';
import { tableOutbox } from '../../shared/azure/outbox.ts';
import { storeStates } from '../../shared/azure/store-state.ts';
import type { PositionedEvent } from '../../shared/pos/event.ts';
import { CATALOG, silentLog } from './stream-fixture.ts';

async function main(): Promise<void> {
  const [connectionString = '', kind, table = '', queue = '', hubFile = '', checkpointFile = '', batchSize] =
    process.argv.slice(2);
  const connection = { kind: 'connection-string' as const, connectionString };
  const tables = tableClient(connection, table);
  const outbox = tableOutbox(tables, queueClient(connection, queue));
  const common = {
    deliver: (...args: Parameters<typeof outbox.send>) => outbox.send(...args),
    bury: () => Promise.reject(new Error('nothing is to be buried here')),
    log: silentLog,
  };
  const stock = createFoldStores({ states: storeStates(tables, stockShape), ...common });
  const tills = createFoldStores({ states: storeStates(tables, tillShape), ...common });
  const fold = (events: readonly PositionedEvent[]): Promise<void> =>
    kind === 'stock' ? stock(events, stockFold(CATALOG)) : tills(events, tillFold);

  const hub = readFileSync(hubFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PositionedEvent);
  process.send?.({ ready: true });
  for (let from = checkpointOf(checkpointFile); from < hub.length; from += Number(batchSize)) {
    await fold(hub.slice(from, from + Number(batchSize)));
    process.send?.({ folded: from });
    writeFileSync(`${checkpointFile}.new`, String(from + Number(batchSize)));
    renameSync(`${checkpointFile}.new`, checkpointFile);
  }
  await outbox.sweep();
  process.disconnect?.();
}

function checkpointOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

process.once('disconnect', () => process.exit());
void main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
