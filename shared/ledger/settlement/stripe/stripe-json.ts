import { z } from 'zod';
import { businessDateSchema } from '../../../ids.ts';
import { currencySchema, exponentOf, formatAmount, type Currency } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { toInstant } from '../../../time.ts';
import type { SettlementEntry, SettlementKind, SettlementRow } from '../settlement-entry.ts';
import { SettlementFault, type SettlementFormat } from '../settlement-format.ts';
import { errorRow } from '../settlement-table.ts';
import { STRIPE_KINDS } from './stripe-kinds.ts';

/**
 * Balance transactions as Stripe's API lists them (`GET /v1/balance_transactions?payout=po_...`, JSON): a list, an array,
 * or one object a line. A balance transaction does not name its payout, but the list of a payout holds the payout itself.
 * https://docs.stripe.com/api/balance_transactions
 */
const MAX_BYTES = 128 * 1024 * 1024;
/** Two digits more than ISO 4217 gives them, and two fewer. https://docs.stripe.com/currencies#special-cases */
const OWN_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };
const MAX_SECONDS = 253_402_300_799;

const balanceTransaction = z.looseObject({
  id: z.string().min(1).max(200),
  object: z.literal('balance_transaction'),
  amount: z.int(),
  fee: z.int(),
  net: z.int(),
  currency: z.string(),
  type: z.string().min(1).max(100),
  reporting_category: z.string().max(100).nullish(),
  source: z.union([z.string().max(200), z.looseObject({ id: z.string().max(200) })]).nullish(),
  created: z.int().min(0).max(MAX_SECONDS),
  available_on: z.int().min(0).max(MAX_SECONDS).nullish(),
});
type BalanceTransaction = z.infer<typeof balanceTransaction>;

export const stripeJson: SettlementFormat = {
  name: 'Stripe balance transactions (JSON)',
  recognises: (head) => /^\uFEFF?\s*[[{]/.test(head) && /"balance_transaction"/.test(head),
  rows: readRows,
};

async function* readRows(file: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<SettlementRow> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      yield errorRow(file, 1, '', `The file has more than ${MAX_BYTES} bytes; export it in parts`);
      return;
    }
    chunks.push(chunk);
  }
  const found = recordsIn(new TextDecoder().decode(Buffer.concat(chunks)));
  if (typeof found === 'string') {
    yield errorRow(file, 1, '', found);
    return;
  }
  const rows = found.records.map((record, index) => rowOf(file, record, index + 1));
  yield* withPayout(rows);
  if (found.hasMore)
    yield errorRow(
      file,
      1,
      'has_more',
      'The list is not whole: it says that there are more pages, which are not in the file',
    );
}

function recordsIn(text: string): { records: readonly unknown[]; hasMore: boolean } | string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const whole = parsed(text);
  if (whole === undefined) {
    if (lines.length < 2 || !lines[0]?.trim().endsWith('}'))
      return 'The file is not JSON, or not all of it. Rows of this file are not read';
    return { records: lines.map((line) => parsed(line)), hasMore: false };
  }
  if (Array.isArray(whole)) return { records: whole, hasMore: false };
  const { data, has_more: hasMore } = whole as { data?: unknown; has_more?: unknown };
  return Array.isArray(data)
    ? { records: data, hasMore: hasMore === true }
    : { records: [whole], hasMore: false };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rowOf(file: string, record: unknown, line: number): SettlementRow {
  const result = balanceTransaction.safeParse(record);
  if (!result.success) {
    const [issue] = result.error.issues;
    return errorRow(
      file,
      line,
      issue?.path.join('.') ?? '',
      `is no balance transaction: ${issue?.message ?? ''}`,
    );
  }
  try {
    return { ok: true, entry: entryOf(file, result.data, line) };
  } catch (thrown) {
    if (!(thrown instanceof SettlementFault)) throw thrown;
    return errorRow(file, line, thrown.column, thrown.message);
  }
}

function entryOf(file: string, found: BalanceTransaction, line: number): SettlementEntry {
  const text = found.reporting_category ?? found.type;
  const kind = kindOf(found);
  const code = currencySchema.safeParse(found.currency.toUpperCase());
  if (!code.success) throw new SettlementFault('currency', `"${found.currency}" is no ISO 4217 currency`);
  const currency = code.data;
  const [grossMinor, feeMinor, netMinor] = (['amount', 'fee', 'net'] as const).map((field) =>
    minorOf(found[field], currency, field),
  ) as [number, number, number];
  if (grossMinor - feeMinor !== netMinor)
    throw new SettlementFault(
      'net',
      `is ${formatAmount(netMinor, currency)}, but amount less fee is ${formatAmount(grossMinor - feeMinor, currency)}`,
    );
  const source = typeof found.source === 'string' ? { id: found.source } : (found.source ?? { id: '' });
  const paymentIntent = (source as { payment_intent?: unknown }).payment_intent;
  return {
    kind,
    acquirer: 'stripe',
    payoutId: kind === 'payout' ? source.id : '',
    reference: typeof paymentIntent === 'string' ? paymentIntent : source.id,
    merchantReference: '',
    occurredOn: dateOf(found.created),
    payoutDate: kind === 'payout' ? dateOf(found.available_on ?? found.created) : undefined,
    currency,
    grossMinor,
    netCurrency: currency,
    feeMinor,
    netMinor,
    rowId: found.id,
    text,
    readAt: { part: file, row: line },
  };
}

/** Before there were reporting categories, a dispute was an adjustment whose source is a dispute. */
function kindOf({ reporting_category: category, type, source }: BalanceTransaction): SettlementKind {
  const byCategory =
    category === undefined || category === null ? undefined : ownValue(STRIPE_KINDS, category);
  const sourceId = typeof source === 'string' ? source : source?.id;
  if (byCategory === undefined && type === 'adjustment' && /^(dp|du)_/.test(sourceId ?? ''))
    return 'chargeback';
  return byCategory ?? ownValue(STRIPE_KINDS, type) ?? 'adjustment';
}

const dateOf = (seconds: number) => businessDateSchema.parse(toInstant(seconds * 1000).slice(0, 10));

function minorOf(amount: number, currency: Currency, field: string): number {
  const difference = (ownValue(OWN_DECIMALS, currency) ?? exponentOf(currency)) - exponentOf(currency);
  if (difference === 0) return amount;
  if (difference < 0) return amount * 10 ** -difference;
  if (amount % 10 ** difference !== 0)
    throw new SettlementFault(field, `${amount} is finer than the smallest unit of ${currency}`);
  return amount / 10 ** difference;
}

/** The list of one payout holds it once: everything else in the list belongs to it. */
function withPayout(rows: readonly SettlementRow[]): SettlementRow[] {
  const payouts = rows.flatMap((row) => (row.ok && row.entry.kind === 'payout' ? [row.entry] : []));
  const [payout] = payouts;
  if (payout === undefined || payouts.length > 1) return [...rows];
  const { payoutId, payoutDate } = payout;
  return rows.map((row) => (row.ok ? { ok: true, entry: { ...row.entry, payoutId, payoutDate } } : row));
}
