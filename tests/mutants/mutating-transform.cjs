/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
/**
 * Compiles as the tests do, with one planted break: the text between its two places is replaced before the file is
 * compiled. No file on disk is ever changed.
 */
const { createTransformer } = require('@swc/jest').default ?? require('@swc/jest');
const planted = require('./planted.cjs');

function broken(source, path) {
  const mutant = planted.current;
  return mutant !== undefined && path.replaceAll('\\', '/').endsWith(`/${mutant.file}`)
    ? source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end)
    : source;
}

module.exports = {
  createTransformer(options) {
    const compiler = createTransformer(options);
    return {
      ...compiler,
      process: (source, path, transform) => compiler.process(broken(source, path), path, transform),
      // The configuration bears the break's name and nothing else that compiling depends on.
      getCacheKey: (source, path, transform) =>
        compiler.getCacheKey(broken(source, path), path, {
          ...transform,
          configString: options.jsc?.target ?? '',
        }),
    };
  },
};
