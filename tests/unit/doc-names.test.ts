/** The pages for finance, operations and IT name what the code can say, all of it and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MASTER_DATA_FILES, ROLES } from '../../shared/azure/names.ts';
import { operationsPage } from '../../infra/alert-docs/operations-page.ts';
import { ALERT_KINDS } from '../../shared/alert-rules/all-rules.ts';
import { MAX_EVIDENCE } from '../../shared/alerts/alert.ts';
import { CATEGORIES, CLASSES } from '../../shared/reconciliation/exception.ts';

const page = (name: string): string => readFileSync(join(__dirname, '../../docs', name), 'utf8');

/** The names in code type that begin the rows of the table under a heading. */
function namesUnder(markdown: string, heading: string): string[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
}

test('finance: every category of exceptions, and every class', () => {
  const finance = page('finance.md');
  expect(namesUnder(finance, 'Categories, and what to do')).toEqual([...CATEGORIES]);
  for (const name of CLASSES) expect(finance.toLowerCase()).toContain(`_${name}_:`);
});

test('operations: every kind of alert, with its limit', () => {
  const operations = page('operations.md');
  expect(namesUnder(operations, 'The alerts')).toEqual([...ALERT_KINDS]);
  // Where this fails: npm run alert-docs
  expect(operationsPage(operations)).toBe(operations);
  for (const kind of ALERT_KINDS) expect(operations).toContain(`### ${kind}\n\n**Means.** `);
  expect(operations).toContain(`at most ${MAX_EVIDENCE})`);
});

test('IT: every role of people, and every file of the master data', () => {
  const it = page('it.md');
  for (const role of Object.values(ROLES)) expect(it).toContain(`| \`${role}\``);
  for (const file of Object.values(MASTER_DATA_FILES)) expect(it).toContain(`\`${file}\``);
});
