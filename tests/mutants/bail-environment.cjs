/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
const { TestEnvironment } = require('jest-environment-node');

/** Skips the rest of a test file after its first failure: one red test is enough to notice a break. */
module.exports = class BailEnvironment extends TestEnvironment {
  failed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.failed = true;
    if (name === 'test_start' && this.failed) test.mode = 'skip';
  }
};
