import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  /** Output folder; replaced if it exists. */
  out: string;
}

/**
 * Creates the folder that Flex Consumption unpacks: host.json at the root, package.json with `main`, and the bundle with every
 * library. Nothing is installed in Azure.
 */
export function makePackage({
  project,
  hostJson,
  built,
  out,
}: PackageInput): { name: string; bytes: number }[] {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { name, version, engines } = project;
  const manifest = { name, version, private: true, type: 'module', main: 'main.js', engines };
  writeFileSync(join(out, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  copyFileSync(hostJson, join(out, 'host.json'));
  copyFileSync(join(built, 'main.js'), join(out, 'main.js'));
  return ['host.json', 'package.json', 'main.js'].map((file) => ({
    name: file,
    bytes: statSync(join(out, file)).size,
  }));
}
