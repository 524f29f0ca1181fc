/** `npm run master-data -- check DIR`: what IT runs before uploading master data. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { read } from '../kit/command-line.ts';
import { UsageError } from '../kit/usage-error.ts';
import { checkMasterData } from './check.ts';
import { lineOf } from './finding.ts';
import { masterDataPage } from './reference.ts';

const USAGE = `Usage: npm run master-data -- check DIR | reference

  check DIR   checks the files of a folder as Tillstream reads them, and against each other, before they are uploaded
  reference   prints docs/master-data.md, which is made from the schemas

Ends with 0 where there is no error, with 1 where there is one, with 2 where it was called wrongly. Warnings are not errors.`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function main(): number {
  const { values, positionals } = read(
    process.argv.slice(2),
    { help: { type: 'boolean', short: 'h' } },
    true,
  );
  const [command, directory, ...more] = positionals;
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  if (command === 'reference' && directory === undefined) {
    process.stdout.write(masterDataPage());
    return 0;
  }
  if (command !== 'check' || directory === undefined || more.length > 0) throw new UsageError(USAGE);
  const findings = checkMasterData(filesOf(directory));
  for (const finding of findings) say(lineOf(finding));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  say(
    `${errors} errors, ${findings.length - errors} warnings. ${errors === 0 ? 'It can be uploaded.' : 'Do not upload it.'}`,
  );
  return errors === 0 ? 0 : 1;
}

/** Hidden files are tools', not master data. */
function filesOf(directory: string): Map<string, string> {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
    return new Map(names.sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  } catch (thrown) {
    throw new UsageError(`${directory} cannot be read: ${messageOf(thrown)}`);
  }
}

try {
  process.exitCode = main();
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exitCode = 2;
}
