import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Metafile } from 'esbuild';

import { externalPackages } from './bundle.ts';

export interface PackageInput {
  project: {
    name: string;
    version: string;
    engines: Record<string, string>;
    dependencies: Record<string, string>;
  };
  metafile: Metafile;
  /** Path of host.json. */
  hostJson: string;
  /** Folder of the built functions. */
  built: string;
  /** Folder to make, anew. */
  out: string;
}

/**
 * Lays out what Flex Consumption unpacks: host.json at the root, package.json with `main`, the bundle, and the packages
 * that could not be bundled as dependencies, for the remote build to install.
 */
export function makePackage({
  project,
  metafile,
  hostJson,
  built,
  out,
}: PackageInput): { name: string; bytes: number }[] {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const dependencies = Object.fromEntries(
    externalPackages(metafile).map((name) => {
      const version = project.dependencies[name];
      if (version === undefined)
        throw new Error(`${name} is needed at run time but is no dependency of package.json.`);
      return [name, version];
    }),
  );
  const { name, version, engines } = project;
  const manifest = { name, version, private: true, type: 'module', main: 'main.js', engines, dependencies };
  writeFileSync(join(out, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  copyFileSync(hostJson, join(out, 'host.json'));
  copyFileSync(join(built, 'main.js'), join(out, 'main.js'));
  return ['host.json', 'package.json', 'main.js'].map((file) => ({
    name: file,
    bytes: statSync(join(out, file)).size,
  }));
}
