/** `npm run build`: compiles everything into dist/. With `--package`, also creates the deployment folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { bundleFunctions, bundleLocal } from './bundle.ts';
import { makePackage } from './package.ts';

const LOCAL_ENTRIES = {
  start: 'infra/local/start.ts',
  replay: 'infra/local/replay.ts',
  invoke: 'infra/local/invoke.ts',
  chaos: 'infra/local/chaos.ts',
  azure: 'infra/local/azure.ts',
  ledger: 'infra/local/ledger/main.ts',
  'event-hubs': 'infra/local/event-hubs/main.ts',
  host: 'infra/local/host/main.ts',
};

async function main(): Promise<void> {
  const startedAt = performance.now();
  mkdirSync('dist/functions', { recursive: true });
  // Node and the Functions worker use the nearest package.json to determine a file's module type.
  writeFileSync('dist/functions/package.json', JSON.stringify({ type: 'module', main: 'main.js' }));
  await Promise.all([
    bundleFunctions('functions/main.ts', 'dist/functions/main.js'),
    ...Object.entries(LOCAL_ENTRIES).map(([name, entry]) => bundleLocal(entry, `dist/local/${name}.js`)),
  ]);
  console.log(`built dist/ in ${Math.round(performance.now() - startedAt)} ms`);

  if (!process.argv.includes('--package')) return;
  const project = JSON.parse(readFileSync('package.json', 'utf8')) as Parameters<
    typeof makePackage
  >[0]['project'];
  const files = makePackage({
    project,
    hostJson: 'host.json',
    built: 'dist/functions',
    modules: 'node_modules',
    out: 'dist/package',
  });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { name, bytes } of files) console.log(`${(bytes / 1_024).toFixed(0).padStart(8)} KB  ${name}`);
  const zipped = gzipSync(readFileSync('dist/package/main.js')).length;
  console.log(
    `${(total / 1_024).toFixed(0).padStart(8)} KB  dist/package (about ${(zipped / 1_024).toFixed(0)} KB zipped)`,
  );
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
});
