/**
 * `npm run ledger -- check FILE --mapping M`: shows how reconciliation would read a ledger file, without storing it;
 * `npm run ledger -- check-settlement FILE` does the same for a settlement report.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { z } from 'zod';
import {
  settlementMappingSchema,
  settlementMappingsFileSchema,
} from '../../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { settlementMappingFor } from '../../../shared/ledger/settlement/read-settlement.ts';
import {
  ledgerMappingSchema,
  ledgerMappingsFileSchema,
} from '../../../shared/ledger/sources/files/mapping.ts';
import { messageOf } from '../../../shared/errors.ts';
import { read, wholeNumber } from '../../kit/command-line.ts';
import { UsageError } from '../../kit/usage-error.ts';
import { checkLedgerFile, chosenMapping } from './check.ts';
import { checkSettlementFile } from './check-settlement.ts';

const EXIT_BAD_ROWS = 1;
const EXIT_USAGE = 2;
const DEFAULT_ROWS = 10;
const USAGE = `Usage: npm run ledger -- check FILE [--mapping M] [--rows N]
       npm run ledger -- check-settlement FILE [--mapping M] [--rows N]

  FILE         a .csv, .tsv, .xlsx or .zip (DMF package), or any text file with a mapping
               check-settlement: a settlement report of Adyen or Stripe, a bank statement (camt.053), or a .csv with a mapping
  --mapping M  a mapping document, or a ledger-mappings.json (settlement-mappings.json) with an entry that matches the file name
  --rows N     number of first rows, and of bad rows, to show (default ${DEFAULT_ROWS})

Exit code 0 if every row was read, 1 if not, 2 for a usage error.`;

async function main(): Promise<number> {
  const { values, positionals } = read(
    process.argv.slice(2),
    { mapping: { type: 'string' }, rows: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    true,
  );
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const [command, path, ...rest] = positionals;
  const isSettlement = command === 'check-settlement';
  if ((command !== 'check' && !isSettlement) || path === undefined || rest.length > 0)
    throw new UsageError(USAGE);
  if (!existsSync(path)) throw new UsageError(`File not found: ${path}`);
  const rows = wholeNumber('--rows', values.rows, 1, 100_000) ?? DEFAULT_ROWS;
  const file = basename(path);
  const content = createReadStream(path);
  const found = isSettlement
    ? await checkSettlementFile(file, content, settlementMappingOf(file, values.mapping), rows)
    : await checkLedgerFile(file, content, ledgerMappingOf(file, values.mapping), rows);
  console.log(found.lines.join('\n'));
  return found.isClean ? 0 : EXIT_BAD_ROWS;
}

function ledgerMappingOf(file: string, path: string | undefined) {
  if (path === undefined) return undefined;
  const mappings = mappingsIn(path, ledgerMappingSchema, ledgerMappingsFileSchema);
  return matching(file, path, chosenMapping(file, mappings));
}

function settlementMappingOf(file: string, path: string | undefined) {
  if (path === undefined) return undefined;
  const mappings = mappingsIn(path, settlementMappingSchema, settlementMappingsFileSchema);
  return matching(file, path, mappings.length === 1 ? mappings[0] : settlementMappingFor(file, mappings));
}

/** @throws UsageError where there is none. */
function matching<M>(file: string, path: string, mapping: M | undefined): M {
  if (mapping === undefined) throw new UsageError(`No mapping of ${path} has "files" that match ${file}.`);
  return mapping;
}

/** @throws UsageError that says what is wrong and where. */
function mappingsIn<M>(path: string, one: z.ZodType<M>, several: z.ZodType<{ mappings: M[] }>): readonly M[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw new UsageError(`${path} cannot be read as JSON: ${messageOf(thrown)}`);
  }
  const isFile = typeof content === 'object' && content !== null && 'mappings' in content;
  const ofFile = isFile ? several.safeParse(content) : undefined;
  const ofOne = isFile ? undefined : one.safeParse(content);
  if (ofFile?.success) return ofFile.data.mappings;
  if (ofOne?.success) return [ofOne.data];
  const faults = ((ofFile ?? ofOne)?.error?.issues ?? [])
    .slice(0, 10)
    .map(({ path: at, message }) => `  /${at.join('/')}: ${message}`);
  throw new UsageError(`${path} is not a valid mapping:\n${faults.join('\n')}`);
}

/** Sets the exit code instead of calling exit, so long output reaches a pipe completely. */
async function run(): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (thrown) {
    console.error(thrown instanceof UsageError ? thrown.message : thrown);
    process.exitCode = thrown instanceof UsageError ? EXIT_USAGE : EXIT_BAD_ROWS;
  }
}

void run();
