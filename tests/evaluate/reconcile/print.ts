import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { poundsOf } from './ledger-side.ts';
import { evaluateQuarter } from './quarter.ts';
import { scoreOf, type ScoreLine } from './score.ts';

export interface PrintOptions {
  /** Holds the invoices, `*.csv.gz`. */
  readonly folder: string;
  readonly seed: number;
  readonly days?: number;
  /** Prints every fault that was not named, and every exception that was not planted. */
  readonly isListed: boolean;
}

/** @returns false where a day does not prove itself, a fault has left no trace, or a cause is named that was not planted. */
export async function printReconcile({ folder, seed, days, isListed }: PrintOptions): Promise<boolean> {
  const name = existsSync(folder) ? readdirSync(folder).find((file) => file.endsWith('.csv.gz')) : undefined;
  if (name === undefined)
    throw new Error(`${folder} has no *.csv.gz with the invoices of UCI Online Retail II`);
  const quarter = { file: join(folder, name), seed, ...(days === undefined ? {} : { days }) };
  const { books, reports } = await evaluateQuarter(quarter);
  const { lines, missed, unexpected, leftOpen } = scoreOf(books.truths, reports);
  const holding = reports.filter(({ proof }) => proof.holds).length;
  const sales = books.sales.filter(({ expected }) => expected.size > 0).length;
  const silent = missed.filter(({ outcome }) => outcome === 'silent');
  console.log(
    `${sales} sales of ${reports.length} dates, ${books.truths.length} faults, seed ${seed}; ${holding} of ${reports.length} dates prove themselves\n`,
  );
  console.log(
    '| Category | Posted by | Planted | Named | Left open | No trace | Precision | Recall | Planted GBP | Named GBP |',
  );
  console.log(
    '| -------- | --------- | ------- | ----- | --------- | -------- | --------- | ------ | ----------- | --------- |',
  );
  for (const line of lines) console.log(rowOf(line));
  console.log(
    `\n${leftOpen.length} exceptions leave open what it is; ${unexpected.length} name a cause that was not planted; ${silent.length} faults left no trace`,
  );
  if (isListed) {
    for (const { truth, outcome } of missed)
      console.log(
        outcome,
        truth.layout,
        truth.date,
        truth.storeId,
        truth.category,
        truth.subject,
        `${truth.amountMinor}`,
      );
    for (const { category, storeId, businessDate, subject, amountMinor, detail } of [
      ...unexpected,
      ...leftOpen,
    ])
      console.log('told', businessDate, storeId, category, subject, `${amountMinor}`, detail);
    for (const { proof, businessDate } of reports)
      for (const violation of proof.violations) console.log('violation', businessDate, violation);
  }
  return holding === reports.length && unexpected.length === 0;
}

function rowOf({
  category,
  layout,
  planted,
  found,
  open,
  silent,
  told,
  plantedMinor,
  foundMinor,
}: ScoreLine): string {
  const share = (part: number, whole: number): string => (whole === 0 ? '' : (part / whole).toFixed(3));
  const cells =
    planted + told === 0
      ? ['not planted', '', '', '', '', '', '', '']
      : [
          planted,
          found,
          open,
          silent,
          share(Math.min(found, told), told),
          share(found, planted),
          poundsOf(plantedMinor),
          poundsOf(foundMinor),
        ];
  return `| ${[`\`${category}\``, layout, ...cells].join(' | ')} |`;
}
