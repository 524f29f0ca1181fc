/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
const { join } = require('node:path');
const base = require('../../jest.config.cjs');

const [unit] = base.projects;
const [[pattern, [, options]]] = Object.entries(unit.transform);

/** The unit tests, compiled with one planted break (`MUTANT`). */
module.exports = {
  ...unit,
  rootDir: join(__dirname, '..', '..'),
  transform: { [pattern]: [join(__dirname, 'mutating-transform.cjs'), options] },
  testTimeout: base.testTimeout,
};
