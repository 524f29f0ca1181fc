/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
/**
 * A Jest runner that runs the same test files again and again in one process. It asks its parent (`run.ts`) what comes
 * next, and tells it what it saw.
 *
 * From the parent: `{ measure: testPath, from: path[] }` or `{ mutant, tests: testPath[] }`.
 * To the parent: `{ tests: testPath[] }` once, then `{ passed, elapsedMs, lines: { file: number[] } }` for a measurement
 * and `{ killedBy?: { file, test } }` for a break.
 */
const { relative } = require('node:path');
const { default: TestRunner } = require('jest-runner');
const { linesOf } = require('./line-coverage.cjs');
const planted = require('./planted.cjs');

/** A process that holds more than this is replaced: Jest keeps something of each run. */
const REPLACE_ABOVE_BYTES = 2_000_000_000;

module.exports = class MutantRunner extends TestRunner {
  async runTests(tests, watcher) {
    const { rootDir } = tests[0].context.config;
    this.byPath = new Map(tests.map((test) => [relative(rootDir, test.path).replaceAll('\\', '/'), test]));
    this.watcher = watcher;
    const next = () => new Promise((resolve) => process.once('message', resolve));
    process.once('disconnect', () => process.exit());
    process.send({ tests: [...this.byPath.keys()] });
    // Until the parent ends this process, or ends itself.
    for (;;) {
      const ask = await next();
      const answer = ask.measure ? await this.measure(ask) : await this.tryOut(ask);
      process.send({ ...answer, tired: process.memoryUsage().rss > REPLACE_ABOVE_BYTES });
    }
  }

  /** One test file, run once as `globalConfig` says. */
  async once(path, globalConfig) {
    const runner = new TestRunner(globalConfig, this._context);
    let outcome;
    runner.on('test-file-success', ([, result]) => (outcome = result));
    runner.on('test-file-failure', ([, error]) => (outcome = { testExecError: error, testResults: [] }));
    await runner.runTests([underAnotherName(this.byPath.get(path))], this.watcher, { serial: true });
    return outcome;
  }

  async measure({ measure: path, from }) {
    planted.current = undefined;
    const started = performance.now();
    const result = await this.once(path, {
      ...this._globalConfig,
      collectCoverage: true,
      coverageProvider: 'v8',
      collectCoverageFrom: from.map((room) => (room.endsWith('.ts') ? room : `${room}/**/*.ts`)),
    });
    const { rootDir } = this.byPath.get(path).context.config;
    const lines = {};
    for (const covered of result.v8Coverage ?? []) {
      if (covered.codeTransformResult?.sourceMapPath == null) continue;
      lines[relative(rootDir, covered.result.url.replace('file://', '')).replaceAll('\\', '/')] =
        linesOf(covered);
    }
    return { passed: !failureOf(result), elapsedMs: Math.round(performance.now() - started), lines };
  }

  async tryOut({ mutant, tests }) {
    planted.current = mutant;
    for (const file of tests) {
      const test = failureOf(await this.once(file, this._globalConfig));
      if (test !== undefined) return { killedBy: { file, test } };
    }
    return {};
  }
};

/**
 * Jest keeps compiled files in memory by the configuration's text, and would not compile the broken file again. Each
 * break is therefore a configuration of its own; the compiled files on disk are shared (see mutating-transform.cjs).
 */
function underAnotherName(test) {
  const { current } = planted;
  const name = current === undefined ? 'whole' : `${current.file} ${current.start} ${current.text}`;
  const config = { ...test.context.config, displayName: { name, color: 'white' } };
  return { ...test, context: { ...test.context, config } };
}

/** The name of the first test that failed, or of the error that kept the file from running. */
function failureOf({ testResults, testExecError }) {
  if (testExecError) return `(${String(testExecError.message ?? testExecError).split('\n')[0]})`;
  return testResults.find(({ status }) => status === 'failed')?.fullName;
}
