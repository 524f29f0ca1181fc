import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import { storesFileSchema } from '../../shared/pos/stores-file.ts';

const store = (storeId: string, changes = {}) => ({
  storeId,
  name: `Store ${storeId}`,
  timeZone: 'Europe/Berlin',
  cutOver: '04:00',
  currency: 'EUR',
  hours: [],
  ledgerDimension: storeId,
  ...changes,
});

function stores(content: unknown, entries: string | undefined) {
  const errors: string[] = [];
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const container = {
    getBlockBlobClient: () => ({
      download: () => Promise.resolve({ readableStreamBody: Readable.from([Buffer.from(text)]), etag: '1' }),
    }),
  } as unknown as ContainerClient;
  const file = masterDataFile({
    container,
    file: 'stores.json',
    schema: storesFileSchema,
    index: (found) => found.stores.map(({ storeId }) => String(storeId)),
    ...(entries === undefined ? {} : { entries }),
    refreshMs: 1_000,
    clock: () => 0,
    log: {
      info: () => {},
      warn: () => {},
      error: (message, _fields, thrown) => void errors.push(`${message}: ${String(thrown)}`),
    },
  });
  return { get: () => file.get(), errors };
}

test('P9 no record stops the rest: an entry that does not validate costs itself, and the log says where', async () => {
  const file = stores(
    { stores: [store('S1'), store('S2', { timeZone: 'Mars/Olympus' }), store('S3')] },
    'stores',
  );
  expect(await file.get()).toEqual(['S1', 'S3']);
  expect(file.errors.join()).toContain('/stores/1/timeZone');
});

test('of two entries with one id the second is left out', async () => {
  const file = stores({ stores: [store('S1'), store('S1', { ledgerDimension: 'X' })] }, 'stores');
  expect(await file.get()).toEqual(['S1']);
});

test('a file that is at fault as a whole is refused, and so is a bad entry where entries do not stand alone', async () => {
  await expect(stores({ stores: 7 }, 'stores').get()).rejects.toMatchObject({ code: 'master-data' });
  await expect(stores({ shops: [] }, 'stores').get()).rejects.toMatchObject({ code: 'master-data' });
  await expect(stores('null', 'stores').get()).rejects.toMatchObject({ code: 'master-data' });
  await expect(stores('{', 'stores').get()).rejects.toThrow('is not JSON');
  await expect(
    stores({ stores: [store('S1', { cutOver: '24:00' })] }, undefined).get(),
  ).rejects.toMatchObject({
    code: 'master-data',
  });
});
