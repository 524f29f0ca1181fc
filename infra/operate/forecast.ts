import { containerClient } from '../../shared/azure/clients.ts';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { forecastOf, ruleName, type Forecast } from '../../shared/forecast/forecast.ts';
import { ReceiptBook } from '../../shared/forecast/receipts.ts';
import { dynamicsSetup, dynamicsSetupSchema } from '../../shared/forecast/setup.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import { formatAmount } from '../../shared/money.ts';
import { MINUTE_MS } from '../../shared/time.ts';
import type { OperateParts } from './commands.ts';
import { landedEvents } from './landed-events.ts';

/**
 * Prints the receipts of a business date that Dynamics 365 will refuse, with the message that it will give, from what has
 * landed so far: a date need not have ended. Nothing is changed.
 * @returns how many receipts were judged, and how many of them will be refused.
 * @throws PermanentError where there is no `dynamics-setup.json`
 */
export async function printForecast(
  { settings, clock, log, say }: OperateParts,
  businessDate: BusinessDate,
  storeId: string | undefined,
): Promise<{ checked: number; refused: number }> {
  const setup = await masterDataFile({
    container: containerClient(settings.state, CONTAINERS.masterData),
    refreshMs: MINUTE_MS,
    clock,
    log,
    file: MASTER_DATA_FILES.dynamicsSetup,
    schema: dynamicsSetupSchema,
    index: (file) => dynamicsSetup({ ...file, forecast: true }),
  }).get();
  const book = new ReceiptBook(businessDate, setup);
  for await (const event of landedEvents(settings, businessDate, storeId)) book.add(event);
  const forecast = forecastOf([{ receipts: book.close() }], setup);
  if (!forecast) return { checked: 0, refused: 0 };
  for (const line of forecastLines(forecast)) say(line);
  return forecast;
}

function forecastLines(forecast: Forecast): string[] {
  const { checked, refused, refusedAmounts, byRule, receipts, omitted, notChecked } = forecast;
  const worth = refusedAmounts.map(
    ({ currency, grossMinor }) => `${formatAmount(BigInt(grossMinor), currency)} ${currency}`,
  );
  return [
    `${refused} of ${checked} receipts will not be posted${worth.length === 0 ? '' : `: ${worth.join(', ')}`}`,
    ...receipts.flatMap(({ storeId, tillId, transactionId, currency, grossMinor, refusals }) => [
      `  ${storeId}  till ${tillId}  ${transactionId}  ${formatAmount(grossMinor, currency)} ${currency}`,
      ...refusals.map(
        ({ rule, message, lineNumber }) =>
          `    ${ruleName(rule)}${lineNumber === undefined ? '' : `, line ${lineNumber}`}: ${message}`,
      ),
    ]),
    ...(omitted > 0 ? [`  and ${omitted} more`] : []),
    ...byRule.map(({ rule, receipts: count }) => `  by ${ruleName(rule)}: ${count}`),
    ...notChecked.map(({ rule, why }) => `  not checked: ${ruleName(rule)} (${why})`),
  ];
}
