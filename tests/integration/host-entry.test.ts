/**
 * The built entry under the real worker's contract. Jest compiles to CommonJS and cannot tell what native ESM would say of
 * an import, so plain Node loads the file in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { bundleFunctions } from '../../infra/build/bundle.ts';
import { FUNCTIONS } from '../../shared/azure/names.ts';

let dir: string;
let entry: string;

beforeAll(async () => {
  mkdirSync('.tillstream', { recursive: true });
  dir = mkdtempSync('.tillstream/entry-test-');
  entry = join(process.cwd(), dir, 'main.js');
  await bundleFunctions('functions/main.ts', entry);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a script in plain Node, without the settings of this process. */
function node(script: string): string {
  const args = ['--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('loads without the Functions worker', () => {
  expect(node(`await import(${JSON.stringify(entry)}); console.log('loaded');`)).toContain('loaded');
});

test('registers each function exactly once, and nothing else', () => {
  const script = `
    import Module from 'node:module';
    const registered = [];
    const core = {
      version: '3.0.0', hostVersion: '4.0.0', Disposable: class {},
      registerFunction: ({ name }) => { registered.push(name); },
      registerHook: () => {}, setProgrammingModel: () => {}, getProgrammingModel: () => undefined, log: () => {},
    };
    const load = Module._load;
    Module._load = function (request, ...rest) {
      return request === '@azure/functions-core' ? core : load.call(this, request, ...rest);
    };
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify(registered));
  `;
  const registered = JSON.parse(node(script)) as string[];
  const byName = (a: string, b: string): number => a.localeCompare(b);
  expect(registered.sort(byName)).toEqual(Object.values(FUNCTIONS).flat().sort(byName));
});
