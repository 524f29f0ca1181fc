import type { z } from 'zod';
import { MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { crossCheck } from './cross-check.ts';
import { OPTIONAL, SCHEMAS, type MasterDataName } from './files.ts';
import { pointerOf, shortJson, type Finding } from './finding.ts';
import { repeatedKeys } from './repeated-keys.ts';

const NAMES = Object.keys(SCHEMAS) as MasterDataName[];

/**
 * Validates the files of a folder like the product does, and cross-checks them. Pure: the caller reads the folder.
 *
 * @param files file name to content, of every file in the folder
 */
export function checkMasterData(files: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = [];
  const data: Record<string, unknown> = {};
  for (const name of NAMES) {
    const file = MASTER_DATA_FILES[name];
    const text = files.get(file);
    if (text === undefined) findings.push(...missing(name, files));
    else data[name] = readFile(name, text, findings);
  }
  const known = new Set<string>(Object.values(MASTER_DATA_FILES));
  for (const file of files.keys())
    if (!known.has(file))
      findings.push({
        severity: 'warning',
        file,
        path: '',
        message: 'is a file that Tillstream does not read',
        fix: `remove it, or give it one of the names ${[...known].join(', ')}`,
      });
  findings.push(...crossCheck(data));
  const order = (finding: Finding): number => (finding.severity === 'error' ? 0 : 1);
  return findings.sort((left, right) => order(left) - order(right));
}

function missing(name: MasterDataName, files: ReadonlyMap<string, string>): Finding[] {
  const file = MASTER_DATA_FILES[name];
  const similar = [...files.keys()].find((one) => one.toLowerCase() === file.toLowerCase());
  if (OPTIONAL.has(name) && similar === undefined) return [];
  const fix =
    similar === undefined
      ? 'add it; docs/master-data.md has an example'
      : `rename ${similar}: blob names are case-sensitive`;
  return [{ severity: 'error', file, path: '', message: 'is missing', fix }];
}

/** The file's content if it is valid. */
function readFile(name: MasterDataName, text: string, findings: Finding[]): unknown {
  const file = MASTER_DATA_FILES[name];
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (thrown) {
    const isMarked = text.startsWith('\uFEFF');
    findings.push({
      severity: 'error',
      file,
      path: '',
      message: isMarked ? 'begins with a byte order mark' : `is not JSON: ${(thrown as Error).message}`,
      fix: isMarked
        ? 'save it as UTF-8 without a byte order mark'
        : 'correct it at that place; JSON has no comments and no trailing commas',
    });
    return undefined;
  }
  for (const { path, key } of repeatedKeys(text))
    findings.push({
      severity: 'error',
      file,
      path: pointerOf([...path, key]),
      message: 'is a duplicate, and only the last one would count',
      fix: 'keep one of them',
    });
  const parsed = SCHEMAS[name].safeParse(content);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) findings.push(...findingsOf(file, content, issue));
  return undefined;
}

function findingsOf(file: string, content: unknown, issue: z.core.$ZodIssue): Finding[] {
  const base = { severity: 'error', file } as const;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      ...base,
      path: pointerOf([...issue.path, key]),
      message: 'is not a known field',
      fix: 'remove it or correct its spelling; docs/master-data.md lists the fields',
    }));
  const path = pointerOf(issue.path);
  const value = valueAt(content, issue.path);
  if (value === undefined)
    return [{ ...base, path, message: 'is missing', fix: 'add it; docs/master-data.md says what it is' }];
  const message = issue.message
    .replace(/^Invalid input: expected (.*), received.*$/, 'must be of the type $1')
    .replace(/^Invalid option: expected one of /, 'must be one of ')
    .replace(/^[A-Z](?=[a-z]+ )/, (first) => first.toLowerCase());
  return [{ ...base, path, value: shortJson(value), message, fix: fixOf(issue) }];
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    content,
  );
}

function fixOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `use one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big') return 'make it smaller or shorter';
  if (issue.code === 'too_small') return 'make it larger, or give at least one';
  if (issue.code === 'invalid_type') return `write it as ${issue.expected}`;
  return 'change it; docs/master-data.md says what is valid';
}
