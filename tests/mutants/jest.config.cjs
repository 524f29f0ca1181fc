/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
const { join } = require('node:path');
const base = require('../../jest.config.cjs');

const [unit] = base.projects;
const [[pattern, [, options]]] = Object.entries(unit.transform);

/** The unit tests, compiled with one planted break after the other by a runner of their own. */
module.exports = {
  ...unit,
  rootDir: join(__dirname, '..', '..'),
  runner: join(__dirname, 'runner.cjs'),
  testEnvironment: join(__dirname, 'bail-environment.cjs'),
  setupFiles: [join(__dirname, 'setup.cjs')],
  transform: { [pattern]: [join(__dirname, 'mutating-transform.cjs'), options] },
  testTimeout: 60_000,
};
