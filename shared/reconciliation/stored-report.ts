import { z } from 'zod';
import { PermanentError } from '../errors.ts';
import { toTotal } from '../money.ts';
import { balancesOf } from './balances.ts';
import { REPORT_FORMAT, type DayReport } from './day-report.ts';
import { valueOf, type Category, type ReconciliationException } from './exception.ts';

const total = z.union([z.int(), z.string().regex(/^-?\d+$/)]);
const cellSchema = z.looseObject({
  storeId: z.string(),
  account: z.string(),
  currency: z.string(),
  posMinor: total,
  ledgerMinor: total,
  differenceMinor: total,
  explainedMinor: total,
});
const exceptionSchema = z.looseObject({
  exceptionId: z.string(),
  category: z.string(),
  class: z.string(),
  storeId: z.string(),
  businessDate: z.string(),
  subject: z.string(),
  detail: z.string(),
  parts: z.array(z.looseObject({ storeId: z.string(), account: z.string(), amountMinor: z.int() })),
  evidence: z.looseObject({
    transactionIds: z.array(z.string()),
    eventIds: z.array(z.string()),
    journalLines: z.array(z.unknown()),
    omitted: z.int(),
  }),
});
/** What every format has, and no page can do without. */
const reportSchema = z.looseObject({
  businessDate: z.string(),
  dataAsOf: z.string(),
  counts: z.looseObject({}),
  proof: z.looseObject({ holds: z.boolean(), cells: z.int(), violations: z.array(z.string()) }),
  summary: z.looseObject({
    byCategory: z.record(z.string(), z.int()),
    byClass: z.record(z.string(), z.int()),
  }),
  passes: z.looseObject({}),
  cells: z.array(cellSchema),
  exceptions: z.array(exceptionSchema),
  ledgerFiles: z.array(z.string()),
  ledgerRowErrors: z.array(z.unknown()),
});

/**
 * Reads a stored report of this format or an older one.
 * @throws PermanentError `report-format` for one of a newer version or one that is damaged; planning the date again
 * writes it in the format of the version that runs.
 */
export function decodeReport(content: unknown): DayReport {
  const format = z.looseObject({ schemaVersion: z.int() }).safeParse(content).data?.schemaVersion;
  if (format === undefined || format < 1 || format > REPORT_FORMAT)
    throw new PermanentError(
      'report-format',
      `The report has format ${format ?? 'unknown'}, and this version reads up to ${REPORT_FORMAT}. Reconcile the date again`,
    );
  const parsed = reportSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError(
      'report-format',
      `The report is damaged: ${issue?.message}. Reconcile the date again`,
      {
        where: `/${issue?.path.join('/') ?? ''}`,
      },
    );
  }
  // As it was stored, not as it was parsed: whoever downloads a report gets its fields in their order.
  const report = content as DayReport;
  return format === REPORT_FORMAT ? report : ofFormat1(report);
}

const TOO_MUCH_IN_LEDGER: ReadonlySet<Category> = new Set(['missing-in-pos', 'duplicate-posting']);

/** Format 1 had no claims and no control totals, and the largest part as an exception's amount. */
function ofFormat1(report: DayReport): DayReport {
  return {
    ...report,
    schemaVersion: REPORT_FORMAT,
    balances: balancesOf(report.cells),
    proof: { ...report.proof, landedTotals: 0, ledgerTotals: 0 },
    exceptions: report.exceptions.map((exception): ReconciliationException => {
      const { storeId, parts, category } = exception;
      if (parts.length === 0) return { ...exception, claim: { kind: 'data' } };
      const { amountMinor, currency } = valueOf(storeId, parts, TOO_MUCH_IN_LEDGER.has(category));
      return { ...exception, amountMinor: toTotal(amountMinor), currency, claim: { kind: 'statement' } };
    }),
  };
}
