import { barcode } from './rules/barcode.ts';
import { batchNumber } from './rules/batch-number.ts';
import { businessDateRule } from './rules/business-date.ts';
import { chargeLines } from './rules/charge-lines.ts';
import { currencyRule } from './rules/currency.ts';
import { currencyRounding } from './rules/currency-rounding.ts';
import { customerAccount } from './rules/customer-account.ts';
import { discountAmount } from './rules/discount-amount.ts';
import { financialDimension } from './rules/financial-dimension.ts';
import { fiscalDocumentBrazil } from './rules/fiscal-document-brazil.ts';
import { giftCardReturns } from './rules/gift-card-returns.ts';
import { grossAmount } from './rules/gross-amount.ts';
import { inventoryDimension } from './rules/inventory-dimension.ts';
import { itemVariant } from './rules/item-variant.ts';
import { lineDiscount } from './rules/line-discount.ts';
import { lineTax } from './rules/line-tax.ts';
import { negativePrice } from './rules/negative-price.ts';
import { net } from './rules/net.ts';
import { netPlusTax } from './rules/net-plus-tax.ts';
import { numberOfItems } from './rules/number-of-items.ts';
import { oversettlement } from './rules/oversettlement.ts';
import { paymentAmount } from './rules/payment-amount.ts';
import { serialNumberControlled } from './rules/serial-number-controlled.ts';
import { serialNumberDimension } from './rules/serial-number-dimension.ts';
import { signContradiction } from './rules/sign-contradiction.ts';
import { taxExempt } from './rules/tax-exempt.ts';
import { taxExemptCalculation } from './rules/tax-exempt-calculation.ts';
import { taxGroupAssignment } from './rules/tax-group-assignment.ts';
import { taxIncludedPricing } from './rules/tax-included-pricing.ts';
import { textLength } from './rules/text-length.ts';
import { transactionNotEmpty } from './rules/transaction-not-empty.ts';
import { underOverPayment } from './rules/under-over-payment.ts';
import { unitConversion } from './rules/unit-conversion.ts';
import type { PostingRule } from './rule.ts';

/** Every rule; a further one is a file and a line here. Headers first, then lines, then posting. */
export const POSTING_RULES: readonly PostingRule[] = [
  businessDateRule,
  currencyRounding,
  customerAccount,
  discountAmount,
  fiscalDocumentBrazil,
  grossAmount,
  net,
  netPlusTax,
  numberOfItems,
  paymentAmount,
  taxExemptCalculation,
  taxIncludedPricing,
  transactionNotEmpty,
  underOverPayment,
  barcode,
  chargeLines,
  giftCardReturns,
  itemVariant,
  lineDiscount,
  lineTax,
  negativePrice,
  serialNumberControlled,
  serialNumberDimension,
  signContradiction,
  taxExempt,
  taxGroupAssignment,
  unitConversion,
  inventoryDimension,
  financialDimension,
  batchNumber,
  currencyRule,
  oversettlement,
  textLength,
];
