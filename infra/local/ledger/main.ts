/** `npm run ledger -- check FILE --mapping M`: shows how reconciliation would read a ledger file, without storing it. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import {
  ledgerMappingSchema,
  ledgerMappingsFileSchema,
  type LedgerMapping,
} from '../../../shared/ledger/sources/files/mapping.ts';
import { messageOf } from '../../../shared/errors.ts';
import { read, wholeNumber } from '../../kit/command-line.ts';
import { UsageError } from '../../kit/usage-error.ts';
import { checkLedgerFile, chosenMapping } from './check.ts';

const EXIT_BAD_ROWS = 1;
const EXIT_USAGE = 2;
const DEFAULT_ROWS = 10;
const USAGE = `Usage: npm run ledger -- check FILE [--mapping M] [--rows N]

  FILE         a .csv, .tsv, .xlsx or .zip (DMF package), or any text file with a mapping
  --mapping M  a mapping document, or a ledger-mappings.json with an entry that matches the file name
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
  if (command !== 'check' || path === undefined || rest.length > 0) throw new UsageError(USAGE);
  if (!existsSync(path)) throw new UsageError(`File not found: ${path}`);
  const rows = wholeNumber('--rows', values.rows, 1, 100_000) ?? DEFAULT_ROWS;
  const file = basename(path);
  const mapping = values.mapping === undefined ? undefined : chosenMapping(file, mappingsIn(values.mapping));
  if (values.mapping !== undefined && mapping === undefined)
    throw new UsageError(`No mapping of ${values.mapping} has "files" that match ${file}.`);
  const { lines, isClean } = await checkLedgerFile(file, createReadStream(path), mapping, rows);
  console.log(lines.join('\n'));
  return isClean ? 0 : EXIT_BAD_ROWS;
}

/** @throws UsageError that says what is wrong and where. */
function mappingsIn(path: string): readonly LedgerMapping[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw new UsageError(`${path} cannot be read as JSON: ${messageOf(thrown)}`);
  }
  const isFile = typeof content === 'object' && content !== null && 'mappings' in content;
  const parsed = isFile
    ? ledgerMappingsFileSchema.safeParse(content)
    : ledgerMappingSchema.safeParse(content);
  if (parsed.success) return 'mappings' in parsed.data ? parsed.data.mappings : [parsed.data];
  const faults = parsed.error.issues
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
