/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
/**
 * Compiles as the tests do, with one planted break: `MUTANT` holds `{ "file", "start", "end", "text" }`, and what stands
 * in that file between the two places is replaced before it is compiled. No file on disk is ever changed.
 */
const { createTransformer } = require('@swc/jest').default ?? require('@swc/jest');

const mutant = process.env.MUTANT === undefined ? undefined : JSON.parse(process.env.MUTANT);

module.exports = {
  createTransformer(options) {
    const compiler = createTransformer(options);
    const planted = (source, path) =>
      mutant !== undefined && path.replaceAll('\\', '/').endsWith(`/${mutant.file}`)
        ? source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end)
        : source;
    return {
      ...compiler,
      process: (source, path, transform) => compiler.process(planted(source, path), path, transform),
      getCacheKey: (source, path, transform) => compiler.getCacheKey(planted(source, path), path, transform),
    };
  },
};
