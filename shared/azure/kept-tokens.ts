import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { tableRows, type StoredRow } from './table-rows.ts';

/**
 * The table `tokens`: what vendors gave in exchange for a secret, for all instances. Some vendors count logins, others take each
 * refresh token once. Tokens are sealed with a key that is made of the secret, which is in Key Vault alone: the table by
 * itself opens nothing, and another secret starts with a row of its own.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | source | digest of the secret | the sealed tokens, until when they hold, and which instance may exchange them now |
 */
export interface KeptTokens {
  find(source: string, secret: string): Promise<KeptToken | undefined>;
  /** @returns whether it was written; false where another instance was faster. */
  put(source: string, secret: string, kept: KeptToken): Promise<boolean>;
}

export interface KeptToken {
  /** Undefined before the first exchange. */
  readonly token?: string;
  /** What the next exchange needs, where the vendor gave one. */
  readonly refreshToken?: string;
  readonly untilMs: number;
  /** When the vendor gave it. */
  readonly sinceMs: number;
  /** Until when one instance exchanges and the others wait. */
  readonly lockedUntilMs: number;
  /** Until when the vendor is not asked again, after it refused the secret. */
  readonly refusedUntilMs: number;
  readonly etag?: string | undefined;
}

const FORMAT = 1;

export function tableKeptTokens(table: TableClient): KeptTokens {
  const rows = tableRows(table);
  return {
    async find(source, secret) {
      const row = await rows.get(source, rowKeyOf(secret));
      return row && keptOf(row, secret);
    },
    async put(source, secret, { token, refreshToken, etag, ...times }) {
      const row = {
        partitionKey: source,
        rowKey: rowKeyOf(secret),
        format: FORMAT,
        sealed: sealed(JSON.stringify({ token, refreshToken }), secret),
        ...times,
      };
      return (await rows.swap(row, etag)) !== undefined;
    },
  };
}

const rowKeyOf = (secret: string): string =>
  createHash('sha256').update(`row of ${secret}`).digest('hex').slice(0, 32);

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'tillstream', 'kept tokens', 32));

function sealed(text: string, secret: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret), iv);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/** @returns undefined for what is not ours, or was changed: then the secret is exchanged as if nothing were kept. */
function opened(text: string, secret: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, keyOf(secret), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    return undefined;
  }
}

function keptOf(row: StoredRow, secret: string): KeptToken {
  const text = row['format'] === FORMAT ? opened(String(row['sealed']), secret) : undefined;
  const { token, refreshToken } = (text === undefined ? {} : JSON.parse(text)) as Partial<KeptToken>;
  return {
    ...(token === undefined ? {} : { token }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    untilMs: Number(row['untilMs'] ?? 0),
    sinceMs: Number(row['sinceMs'] ?? 0),
    lockedUntilMs: Number(row['lockedUntilMs'] ?? 0),
    refusedUntilMs: Number(row['refusedUntilMs'] ?? 0),
    etag: row.etag,
  };
}
