import { dirname } from 'node:path';

import { build, type BuildOptions, type Plugin } from 'esbuild';

const COMMON = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** CommonJS packages inside an ESM bundle still load Node's built-in modules by `require`, which ESM lacks. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** DuckDB: a package with a native library, which no bundle can hold. */
export const NATIVE_PACKAGE = '@duckdb/node-api';

/** zod ships messages in fifty languages, a tenth of the bundle; we only use English. */
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
 * Bundles what Azure runs, libraries included: reading many files is what makes cold starts slow. Names are not
 * minified: that would save no measurable time, and stack traces stay readable without a source map.
 */
export async function bundleFunctions(entry: string, outfile: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: [entry],
    outfile,
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [englishOnly],
    sourcemap: true,
    sourcesContent: false,
    // Only the Functions worker has the one; the other is loaded when it is needed, and brings a library of its own.
    external: ['@azure/functions-core', NATIVE_PACKAGE],
    banner: { js: REQUIRE_BANNER },
  });
}

/** Bundles a process of the local Azure: our code only, packages stay in node_modules. */
export async function bundleLocal(entry: string, outfile: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: [entry],
    outfile,
    sourcemap: true,
    packages: 'external',
  });
}
