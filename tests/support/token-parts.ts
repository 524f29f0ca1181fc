import type { TokenParts } from '../../functions/webhooks/vendor-token.ts';
import { tableKeptTokens } from '../../shared/azure/kept-tokens.ts';
import { memoryTable } from './memory-table.ts';

/** What exchanging tokens needs, with a table of its own and no waiting. */
export const tokenParts = (clock: () => number, more: Partial<TokenParts> = {}): TokenParts => ({
  clock,
  fetchFrom: fetch,
  kept: tableKeptTokens(memoryTable().client),
  pause: () => Promise.resolve(),
  ...more,
});
