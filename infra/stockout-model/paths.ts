import { fileURLToPath } from 'node:url';

/** The model that is part of the package. */
export const SHIPPED_MODEL = fileURLToPath(
  new URL('../../shared/stock/silent/shipped-model.json', import.meta.url),
);
