import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { NATIVE_PACKAGE } from './bundle.ts';

export interface PackageInput {
  project: {
    name: string;
    version: string;
    engines: Record<string, string>;
  };
  /** Path of host.json. */
  hostJson: string;
  /** Folder of the built functions. */
  built: string;
  /** Where packages are installed. */
  modules: string;
  /** Output folder; replaced if it exists. */
  out: string;
}

/** What is not in the bundle: DuckDB, with the library of the platform that Azure runs, whichever machine builds. */
const NATIVE_PARTS = [
  NATIVE_PACKAGE,
  '@duckdb/node-bindings',
  '@duckdb/node-bindings-linux-x64',
  'detect-libc',
];

/**
 * Creates the folder that Flex Consumption unpacks: host.json at the root, package.json with `main`, and the bundle with every
 * library. Nothing is installed in Azure.
 */
export function makePackage({
  project,
  hostJson,
  built,
  modules,
  out,
}: PackageInput): { name: string; bytes: number }[] {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { name: ofProject, version, engines } = project;
  const manifest = { name: ofProject, version, private: true, type: 'module', main: 'main.js', engines };
  writeFileSync(join(out, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  copyFileSync(hostJson, join(out, 'host.json'));
  copyFileSync(join(built, 'main.js'), join(out, 'main.js'));
  for (const part of NATIVE_PARTS) copyPackage(join(modules, part), join(out, 'node_modules', part));
  return ['host.json', 'package.json', 'main.js', 'node_modules'].map((name) => ({
    name,
    bytes: bytesOf(join(out, name)),
  }));
}

/** Without what only compilers read. */
function copyPackage(from: string, to: string): void {
  if (!existsSync(from))
    throw new Error(
      `${from} is not installed, and the package needs it: npm install --no-save --os=linux --cpu=x64 --libc=glibc`,
    );
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.d.ts') });
}

function bytesOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
