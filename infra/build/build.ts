/** `npm run build`: everything that runs, from TypeScript into dist/. With `--package`, also the folder to deploy. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { bundleFunctions, bundleLocal } from './bundle.ts';
import { makePackage } from './package.ts';

const FUNCTIONS_ENTRY = 'functions/main.ts';
const FUNCTIONS_OUT = 'dist/functions/main.js';
const LOCAL_ENTRIES = {
  start: 'infra/local/start.ts',
  replay: 'infra/local/replay.ts',
  invoke: 'infra/local/invoke.ts',
  azure: 'infra/local/azure.ts',
  'event-hubs': 'infra/local/event-hubs/main.ts',
  host: 'infra/local/host/main.ts',
};

async function main(): Promise<void> {
  const startedAt = performance.now();
  mkdirSync('dist/functions', { recursive: true });
  // Node and the Functions worker take the nearest package.json to tell what kind of module a file is.
  writeFileSync('dist/functions/package.json', JSON.stringify({ type: 'module', main: 'main.js' }));
  const present = (entry: string): boolean => {
    if (existsSync(entry)) return true;
    console.log(`skipped: ${entry} does not exist yet`);
    return false;
  };
  const jobs: Promise<unknown>[] = Object.entries(LOCAL_ENTRIES)
    .filter(([, entry]) => present(entry))
    .map(([name, entry]) => bundleLocal(entry, `dist/local/${name}.js`));
  const functions = present(FUNCTIONS_ENTRY) ? bundleFunctions(FUNCTIONS_ENTRY, FUNCTIONS_OUT) : undefined;
  await Promise.all([...jobs, functions]);
  console.log(`built dist/ in ${Math.round(performance.now() - startedAt)} ms`);

  if (!process.argv.includes('--package')) return;
  const metafile = await functions;
  if (metafile === undefined) throw new Error(`${FUNCTIONS_ENTRY} is missing: there is nothing to package.`);
  const project = JSON.parse(readFileSync('package.json', 'utf8')) as Parameters<
    typeof makePackage
  >[0]['project'];
  const files = makePackage({
    project,
    metafile,
    hostJson: 'host.json',
    built: 'dist/functions',
    out: 'dist/package',
  });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { name, bytes } of files) console.log(`${(bytes / 1_024).toFixed(0).padStart(8)} KB  ${name}`);
  console.log(`${(total / 1_024).toFixed(0).padStart(8)} KB  dist/package`);
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
});
