import { addMinor, parseDecimal } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import type { Catalog } from '../../master-data.ts';
import { productCodeOf, type UnnumberedLine } from '../transaction-draft.ts';
import { isOff, milliOf, type Minor } from './amounts.ts';
import type { DynamicsSalesLine, DynamicsTaxLine } from './rows.ts';

const UNIT_OF: Readonly<Record<string, TransactionLine['unit']>> = {
  kg: 'kg',
  lb: 'lb',
  l: 'l',
  ltr: 'l',
  m: 'm',
};

export interface LineContext {
  readonly sign: 1 | -1;
  readonly taxIncluded: boolean;
  readonly taxes: readonly DynamicsTaxLine[];
  readonly minor: Minor;
  readonly catalog: Catalog;
  readonly quality: Quality;
}

export function lineOf(
  row: DynamicsSalesLine,
  context: LineContext,
): { line: UnnumberedLine; taxMinor: number } {
  const { sign, taxIncluded, minor, catalog, quality } = context;
  const where = '/RetailTransactionSalesLinesV2';
  const grossMinor = sign * minor(row.NetAmountInclusiveTax, `${where}/NetAmountInclusiveTax`);
  const netMinor = sign * minor(row.NetAmount, `${where}/NetAmount`);
  const taxMinor = addMinor(grossMinor, -netMinor);
  const quantityMilli = sign * milliOf(row.Quantity, `${where}/Quantity`, quality);
  const priceMinor = Math.abs(minor(row.Price, `${where}/Price`));
  const extendedMinor = taxIncluded ? grossMinor : netMinor;
  const direction = quantityMilli < 0 ? -1 : 1;
  // What was given off is what the price would have made less what it did make.
  const fullMinor = Math.round((priceMinor * Math.abs(quantityMilli)) / 1000);
  const offMinor = fullMinor - direction * extendedMinor;
  const taxes = taxesOf(row, taxMinor, netMinor, context);
  const line: UnnumberedLine = {
    type: row.GiftCard ? 'giftCard' : direction < 0 ? 'return' : 'sale',
    productCode: productCodeOf(
      [row.BarCode, row.ItemId],
      row.GiftCard ? 'GIFT_CARD' : 'UNNAMED_ITEM',
      catalog,
    ),
    quantityMilli,
    unit: ownValue(UNIT_OF, row.Unit?.trim().toLowerCase() ?? '') ?? 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: extendedMinor,
    ...(offMinor > 0 ? { discounts: [{ amountMinor: direction * offMinor, manual: false }] } : {}),
    ...(taxes.length === 0 ? {} : { taxes }),
    ...(isOff(row) ? { voided: true } : {}),
  };
  return {
    line: row.GiftCard ? line : withProduct(line, catalog, quality),
    taxMinor: isOff(row) ? 0 : taxMinor,
  };
}

/** The tax lines of a sales line, as far as they make up its tax; else its tax under no code of its own, and that is said. */
function taxesOf(
  row: DynamicsSalesLine,
  taxMinor: number,
  taxableMinor: number,
  { taxes, minor, quality }: LineContext,
): NonNullable<UnnumberedLine['taxes']> {
  const lineNumber = parseDecimal(row.LineNumber, 10);
  const own = taxes
    .filter(({ SalesLineNumber }) => parseDecimal(SalesLineNumber, 10) === lineNumber)
    .map(({ TaxCode, TaxPercentage, TaxAmount }) => {
      const rate = parseDecimal(TaxPercentage, 2);
      return {
        code: TaxCode,
        ...(rate === undefined || rate < 0 ? {} : { rateBasisPoints: rate }),
        taxableMinor,
        amountMinor: minor(TaxAmount, '/RetailTransactionTaxLines/TaxAmount'),
      };
    });
  const sumMinor = addMinor(...own.map(({ amountMinor }) => amountMinor));
  if (sumMinor === taxMinor) return own;
  if (sumMinor === -taxMinor) return own.map((tax) => ({ ...tax, amountMinor: 0 - tax.amountMinor }));
  quality.flag(own.length === 0 ? 'tax-unknown' : 'totals-disagree', '/RetailTransactionTaxLines');
  return [{ code: own[0]?.code ?? 'TAX', taxableMinor, amountMinor: taxMinor }];
}
