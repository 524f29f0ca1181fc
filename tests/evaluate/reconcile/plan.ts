import { TILL_DOUBTS } from '../../../shared/reconciliation/till-doubts.ts';
import type { Books } from './books.ts';
import * as ledger from './ledger-faults.ts';
import type { Fault } from './ledger-faults.ts';
import * as till from './till-faults.ts';

/** How often each fault is planted in a quarter. What needs a whole day to itself comes first. */
const FAULTS: readonly (readonly [times: number, fault: Fault])[] = [
  [1, ledger.closedPeriods(2, 8)],
  [2, ledger.wholeDayMissing('reference')],
  [2, ledger.wholeDayMissing('voucher')],
  [2, ledger.wholeDayMissing('statement')],
  [16, ledger.inStatement(1, 'missing-in-ledger')],
  [10, ledger.inStatement(1, 'duplicate-posting')],
  [6, ledger.inStatement(2, 'missing-in-ledger')],
  [4, ledger.inStatement(2, 'duplicate-posting')],
  [4, ledger.inStatement(3, 'missing-in-ledger')],
  [4, ledger.offsettingSales('statement')],
  [4, ledger.statementOff('wrong-tender')],
  [4, ledger.statementOff('tax-differs')],
  [4, ledger.statementOff('rounding-differs')],
  [60, ledger.missing('reference')],
  [8, ledger.missingOfEqual('reference')],
  [30, ledger.missing('voucher')],
  [8, ledger.missingOfEqual('voucher')],
  [40, ledger.postedTwice('reference')],
  [20, ledger.postedTwice('voucher')],
  [30, ledger.unknownToTill('reference')],
  [15, ledger.unknownToTill('voucher')],
  [20, ledger.manualJournal('reference')],
  [10, ledger.manualJournal('voucher')],
  [6, ledger.manualJournal('statement')],
  [60, ledger.otherAmount],
  [12, ledger.offsettingAmounts],
  [12, ledger.offsettingSales('reference')],
  [6, ledger.offsettingSales('voucher')],
  [40, ledger.otherAccount],
  [15, ledger.otherTax('account')],
  [15, ledger.otherTax('gross')],
  [10, ledger.otherTax('net')],
  [25, ledger.otherTender],
  [10, ledger.offsettingTenders],
  [25, ledger.aPenny],
  [12, ledger.otherCurrency(10_000n)],
  [12, ledger.otherCurrency(11_547n)],
  [20, ledger.voucherOnOtherDate],
  [40, ledger.otherStore],
  [40, ledger.otherDate],
  [20, ledger.otherDateAndAmount],
  [12, ledger.againOnOtherDate],
  [15, ledger.extraOrTwice],
  [20, ledger.inTwoFiles],
  [15, ledger.damagedRow],
  [15, till.lateOffline],
  [10, till.voidedAndPosted],
  [20, till.twoContents],
  [15, till.twoReceipts],
  [20, till.refused('failed-validation')],
  [20, till.refused('blocked-in-dynamics')],
  [12, till.decided],
  [10, till.foreignStore],
  [20, till.foreignProduct],
  [10, till.foreignTender(false)],
  [10, till.foreignTender(true)],
  [12, till.noOrder],
  [10, till.unbalanced(false)],
  [10, till.unbalanced(true)],
  ...TILL_DOUBTS.map((doubt): [number, Fault] => [8, till.inDoubt(doubt)]),
  [120, till.lateRepeat],
  [30, till.voided],
  [30, till.superseded],
  [30, till.notInForce],
];

/** @param share of the faults of a quarter, for a part of it. */
export function plantFaults(books: Books, share = 1): void {
  for (const [times, fault] of FAULTS)
    for (let planted = 0; planted < Math.ceil(times * share); planted += 1) fault(books);
}
