import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

const promises = [
  ...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(/^\| (P\d [^|]+?) +\|/gm),
].map(([, promise]) => promise ?? '');
const testFiles = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'tests', name), 'utf8'));

test('the promises are found in the architecture page', () => {
  expect(promises).toHaveLength(8);
});

test.each(promises)('%s: has a test by that name', (promise) => {
  const named = new RegExp(String.raw`(test|it|describe)(\.each\([^)]*\))?\(\s*['"\x60]${promise}: `);
  expect(testFiles.filter((text) => named.test(text)).length).toBeGreaterThan(0);
});
