// Packages that ship ES modules only; the tests run as CommonJS, so they are compiled too.
const esmOnly = ['temporal-polyfill', 'temporal-utils', 'temporal-spec', 'hucre'];

const common = {
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  testEnvironment: 'node',
};

module.exports = {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/tests/{unit,property,contract}/**/*.test.ts'] },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/tests/{integration,browser}/**/*.test.ts'],
    },
  ],
  testTimeout: 180_000,
};
