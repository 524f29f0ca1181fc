import { dirname } from 'node:path';

import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

const COMMON = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions;

/** CommonJS packages inside an ESM bundle still ask for Node's own modules by `require`, which ESM lacks. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Packages with native parts, and the module only the Functions worker has: the bundle cannot carry them. */
const NATIVE_PACKAGES = ['@duckdb/node-api'];

/** zod brings its messages in fifty languages, a tenth of the bundle; ours are English. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: (builder) => {
    builder.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

/**
 * Bundles what Azure runs: libraries inside, because reading many files is what makes a cold start slow. Names are not
 * shortened: that saves no measurable time, and stack traces stay readable without a source map.
 */
export async function bundleFunctions(entry: string, outfile: string): Promise<Metafile> {
  const result = await build({
    ...COMMON,
    entryPoints: [entry],
    outfile,
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [englishOnly],
    sourcemap: true,
    sourcesContent: false,
    external: ['@azure/functions-core', ...NATIVE_PACKAGES],
    banner: { js: REQUIRE_BANNER },
  });
  return result.metafile;
}

/** Bundles a process of the local Azure: our code only, packages stay in node_modules. */
export async function bundleLocal(entry: string, outfile: string): Promise<Metafile> {
  const result = await build({
    ...COMMON,
    entryPoints: [entry],
    outfile,
    sourcemap: true,
    packages: 'external',
  });
  return result.metafile;
}

/** The packages outside the bundle that the built file needs beside it. */
export function externalPackages(metafile: Metafile): string[] {
  const names = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.filter((one) => one.external && NATIVE_PACKAGES.includes(one.path)).map((one) => one.path),
  );
  return [...new Set(names)].sort();
}
