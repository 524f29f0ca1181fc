import type { ContainerClient } from '@azure/storage-blob';
import { indexCatalog, type Catalog } from '../pos/master-data.ts';
import { productsFileSchema } from '../pos/product.ts';
import { storesFileSchema } from '../pos/stores-file.ts';
import type { Clock } from '../time.ts';
import type { Logger } from '../log.ts';
import { masterDataFile, type MasterDataFile } from './master-data.ts';
import { MASTER_DATA_FILES } from './names.ts';

/** Stores and products of the master data, indexed again whenever one of the two files has changed. */
export function catalogFile(options: {
  readonly container: ContainerClient;
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}): MasterDataFile<Catalog> {
  const storesFile = masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.stores,
    schema: storesFileSchema,
    index: ({ stores }) => stores,
  });
  const productsFile = masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.products,
    schema: productsFileSchema,
    index: ({ products }) => products,
  });
  type Asked = readonly [ReturnType<typeof storesFile.get>, ReturnType<typeof productsFile.get>];
  let indexed: { readonly of: readonly [unknown, unknown]; readonly catalog: Catalog } | undefined;
  const made = async (asked: Asked): Promise<Catalog> => {
    const [stores, products] = await Promise.all(asked);
    if (indexed?.of[0] !== stores || indexed.of[1] !== products) {
      indexed = { of: [stores, products], catalog: indexCatalog(stores, products) };
    }
    return indexed.catalog;
  };
  let last: { readonly asked: Asked; readonly catalog: Promise<Catalog> } | undefined;
  return {
    get() {
      const asked: Asked = [storesFile.get(), productsFile.get()];
      if (last?.asked[0] !== asked[0] || last.asked[1] !== asked[1]) last = { asked, catalog: made(asked) };
      return last.catalog;
    },
  };
}
