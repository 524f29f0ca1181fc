import { eventId, productId, storeId, tillId } from '../../../shared/ids.ts';
import type { TransactionEvent } from '../../../shared/pos/event.ts';
import type { QualityIssue } from '../../../shared/pos/quality-issue.ts';
import type { TillDoubt } from '../../../shared/reconciliation/till-doubts.ts';
import { ACCOUNTS } from './assumptions.ts';
import { posted, valueOf, type Row, type SaleInBooks } from './books.ts';
import type { Fault } from './ledger-faults.ts';

/** Faults of the tills' own data, and what must not be told as a fault. */

const sent = (event: TransactionEvent, daysLate = 0) => ({ event, daysLate });
const later = (event: TransactionEvent, days: number): TransactionEvent => ({
  ...event,
  receivedAt: new Date(Date.parse(event.receivedAt) + days * 86_400_000).toISOString(),
});

/** The same sale, dearer by so much: on its first line, its tax, its tender and its totals. */
function dearer(event: TransactionEvent, byMinor: number): TransactionEvent {
  const [line, ...lines] = event.lines;
  const [tender, ...tenders] = event.tenders;
  if (!line || !tender) return event;
  const { netMinor, taxMinor, grossMinor } = event.totals;
  return {
    ...event,
    lines: [{ ...line, extendedAmountMinor: line.extendedAmountMinor + byMinor }, ...lines],
    tenders: [{ ...tender, amountMinor: tender.amountMinor + byMinor }, ...tenders],
    totals: { netMinor: netMinor + byMinor, taxMinor, grossMinor: grossMinor + byMinor },
  };
}

const hasOneTender = ({ event }: SaleInBooks): boolean =>
  event.tenders.length === 1 && event.totals.grossMinor > 0;

/** An offline till sends a sale three days later, when its date has been posted without it. */
export const lateOffline: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  sale.deliveries = [sent({ ...later(sale.event, 3), offline: true }, 3)];
  sale.rows = [];
  books.expect(sale, 'missing-in-ledger');
};

/** Taken back after tender, and posted all the same. */
export const voidedAndPosted: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const taken = {
    ...later(sale.event, 0),
    status: 'voided' as const,
    eventId: eventId(`${sale.event.eventId}-void`),
  };
  sale.deliveries = [sent(sale.event), sent(taken)];
  books.expect(sale, 'missing-in-pos', { amountMinor: valueOf(new Map(), posted(sale.rows)) });
};

export const twoContents: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const other = later(dearer(sale.event, 500), 1);
  sale.deliveries = [sent(other, 1), sent(sale.event)];
  books.expect(sale, 'identity-conflict', {
    subject: sale.event.eventId,
    amountMinor: BigInt(other.totals.grossMinor),
  });
};

export const decided: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const number = `${sale.id}B`;
  const other = { ...later(dearer(sale.event, 0), 1), transactionId: number, decision: 'count' as const };
  sale.deliveries = [sent(sale.event), sent(other, 1)];
  books.expect(sale, 'counted-by-decision', { subject: number, amountMinor: 0n });
  sale.rows = [
    ...sale.rows,
    ...sale.rows.map((row) => ({ ...row, document: number, voucher: `V-${number}` })),
  ];
};

export const foreignStore: Fault = (books) => {
  const sale = books.takeFirst('reference', ({ date }) => `foreign store ${date}`);
  if (!sale) return;
  sale.deliveries = [
    ...sale.deliveries,
    sent({ ...sale.event, storeId: storeId('POP-UP'), eventId: eventId(`tillstream:popup-${sale.id}`) }),
  ];
  books.expect(sale, 'unknown-store', {
    storeId: 'POP-UP',
    subject: 'POP-UP',
    amountMinor: valueOf(sale.expected, new Map()),
  });
};

const marked = (event: TransactionEvent, ...quality: QualityIssue[]): TransactionEvent => ({
  ...event,
  quality,
});

export const foreignProduct: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  const [line, ...lines] = sale.event.lines;
  if (!line) return;
  const productCode = `NEW-${sale.id}`;
  const known = lines.map((one) => ({ ...one, productId: productId(`P-${one.productCode}`) }));
  sale.deliveries = [
    sent(
      marked(
        { ...sale.event, lines: [{ ...line, productCode, productId: undefined }, ...known] },
        'unknown-product',
      ),
    ),
  ];
  books.expect(sale, 'unknown-product', { subject: productCode, amountMinor: 0n });
};

/** @param isKnownToLedger the ledger has the real tender, the till only that there was one. */
export const foreignTender =
  (isKnownToLedger: boolean): Fault =>
  (books) => {
    const sale = books.take('reference', hasOneTender);
    if (!sale) return;
    const label = `Scheme ${sale.id}`;
    const amountMinor = sale.event.totals.grossMinor;
    const tenders = [{ type: 'other' as const, label, amountMinor }];
    sale.deliveries = [sent(marked({ ...sale.event, tenders }, 'unknown-tender'))];
    books.expect(sale, 'unknown-tender', { subject: label, amountMinor: 0n });
    if (isKnownToLedger) {
      books.expect(sale, 'unknown-tender', { amountMinor: BigInt(amountMinor) });
      return;
    }
    sale.rows = sale.rows.map((row): Row =>
      row.pence === BigInt(amountMinor) ? { ...row, account: ACCOUNTS.other } : row,
    );
  };

export const noOrder: Fault = (books) => {
  const sale = books.take('reference');
  if (!sale) return;
  sale.deliveries = [sent(marked(sale.event, 'payment-without-order'))];
  books.expect(sale, 'payment-without-order', { amountMinor: BigInt(sale.event.totals.grossMinor) });
};

const SHORT_MINOR = 123;

/** @param isRightInLedger the ledger has posted what the sale should have been. */
export const unbalanced =
  (isRightInLedger: boolean): Fault =>
  (books) => {
    const sale = books.take('reference', hasOneTender);
    const [tender] = sale?.event.tenders ?? [];
    if (!sale || !tender) return;
    const amountMinor = tender.amountMinor - SHORT_MINOR;
    sale.deliveries = [sent({ ...sale.event, tenders: [{ ...tender, amountMinor }] })];
    books.expect(sale, 'unbalanced-transaction', { amountMinor: BigInt(-SHORT_MINOR) });
    if (isRightInLedger) return;
    const paid = BigInt(sale.event.totals.grossMinor);
    sale.rows = sale.rows.map((row) =>
      row.pence === paid ? { ...row, pence: paid - BigInt(SHORT_MINOR) } : row,
    );
  };

/** What a till leaves open about itself: one exception for each mark, till and day. */
export const inDoubt =
  (doubt: TillDoubt): Fault =>
  (books) => {
    const sale = books.takeFirst(
      'reference',
      ({ event, date, store }) => `${doubt} ${date} ${store.storeId} ${event.tillId}`,
    );
    if (!sale) return;
    sale.deliveries = [sent(marked(sale.event, doubt))];
    books.expect(sale, doubt, { subject: `till ${sale.event.tillId}`, amountMinor: 0n });
  };

/** No fault: the same event twenty days later, and again. */
export const lateRepeat: Fault = (books) => {
  const sale = books.take(books.random.pick(['reference', 'voucher', 'statement']));
  if (!sale) return;
  sale.deliveries = [sent(sale.event), sent(later(sale.event, 20), 20), sent(later(sale.event, 21), 21)];
};

/** No fault: voided after tender, and not posted. */
export const voided: Fault = (books) => {
  const sale = books.take(books.random.pick(['reference', 'voucher']));
  if (!sale) return;
  const taken = { ...sale.event, status: 'voided' as const, eventId: eventId(`${sale.event.eventId}-void`) };
  sale.deliveries = [sent(taken), sent(sale.event)];
  sale.rows = [];
};

/** No fault: an earlier version with another amount, which comes after the one that counts. */
export const superseded: Fault = (books) => {
  const sale = books.take(books.random.pick(['reference', 'voucher', 'statement']));
  if (!sale) return;
  const newest = { ...sale.event, version: 2, eventId: eventId(`${sale.event.eventId}-2`) };
  sale.deliveries = [sent(newest), sent(later(dearer(sale.event, 777), 2), 2)];
};

/** No fault: practice, and a sale that was parked. */
export const notInForce: Fault = (books) => {
  const sale = books.take(books.random.pick(['reference', 'voucher', 'statement']));
  if (!sale) return;
  const practice = { ...sale.event, training: true, eventId: eventId(`${sale.event.eventId}-practice`) };
  const parked = {
    ...sale.event,
    status: 'suspended' as const,
    eventId: eventId(`${sale.event.eventId}-parked`),
  };
  sale.deliveries = [sent(practice), sent(parked), sent(sale.event)];
};

/** A code that Dynamics does not know, and the batch of a product that no till captures. */
const FOREIGN_TAX = 'exotic';
export const BATCH_PRODUCT = productId('P-BATCH');

/** Dynamics refuses the receipt, so the ledger does not have it. */
export const refused =
  (category: 'failed-validation' | 'blocked-in-dynamics'): Fault =>
  (books) => {
    const sale = books.take('reference', ({ event }) => (event.lines[0]?.taxes ?? []).length > 0);
    if (!sale) return;
    const [line, ...lines] = sale.event.lines;
    if (!line) return;
    const changed =
      category === 'failed-validation'
        ? { ...line, taxes: (line.taxes ?? []).map((tax) => ({ ...tax, code: FOREIGN_TAX })) }
        : { ...line, productId: BATCH_PRODUCT };
    sale.deliveries = [sent({ ...sale.event, lines: [changed, ...lines] })];
    sale.rows = [];
    books.expect(sale, category);
  };

/** Another till gives the same number to a sale of its own, and the ledger has both. */
export const twoReceipts: Fault = (books) => {
  const sale = books.take('reference', ({ event }) => event.totals.grossMinor > 0);
  if (!sale) return;
  const twin = {
    ...later(sale.event, 1),
    eventId: eventId(`${sale.event.eventId}-twin`),
    tillId: tillId(`${sale.event.tillId}-twin`),
  };
  sale.deliveries = [sent(sale.event), sent(twin, 1)];
  sale.rows = [...sale.rows, ...sale.rows.map((row) => ({ ...row, voucher: `${row.voucher}-twin` }))];
  books.expect(sale, 'duplicate-number', { amountMinor: BigInt(twin.totals.grossMinor) });
};
