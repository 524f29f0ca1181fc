/** Who may import whom: the table in docs/architecture.md, and ADR 6 for the business folders. */
const leaf =
  '^shared/(money|time|ids|errors|bounded|fnv1a|own-value|log|row-text|stored-format|standard-webhooks)\\.ts$';
// The business folders and what each may know of the others; the arrows form no circle.
const business = {
  privacy: [],
  odata: [],
  pos: ['privacy', 'odata'],
  'one-effect': ['pos'],
  alerts: ['pos'],
  stock: ['pos', 'alerts', 'one-effect'],
  tills: ['pos', 'alerts', 'one-effect'],
  'alert-rules': ['alerts', 'stock', 'tills'],
  ledger: ['pos', 'privacy', 'odata'],
  forecast: ['pos'],
  reconciliation: ['pos', 'ledger', 'forecast'],
  lake: ['pos', 'ledger', 'forecast', 'reconciliation'],
  workflow: ['privacy', 'pos', 'ledger', 'reconciliation'],
  reports: ['pos', 'forecast', 'ledger', 'reconciliation', 'workflow', 'stock', 'tills', 'alerts'],
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'leaf-files-stand-alone',
      severity: 'error',
      from: { path: leaf },
      to: { path: '^(shared|functions|infra|tests)/', pathNot: leaf },
    },
    ...Object.entries(business).map(([folder, known]) => ({
      name: `shared-${folder}-keeps-to-its-business`,
      severity: 'error',
      from: { path: `^shared/${folder}/` },
      to: {
        path: '^(shared|functions|infra|tests)/',
        pathNot: [leaf, ...[folder, ...known].map((name) => `^shared/${name}/`)],
      },
    })),
    {
      name: 'new-folder-of-shared-stands-alone',
      comment:
        'A folder that is not in the list above may know leaf files and itself, until the list says more.',
      severity: 'error',
      from: {
        path: '^shared/([^/]+)/',
        pathNot: `^shared/(${[...Object.keys(business), 'azure'].join('|')})/`,
      },
      to: { path: '^(shared|functions|infra|tests)/', pathNot: [leaf, '^shared/$1/'] },
    },
    {
      name: 'new-file-of-shared-is-a-leaf',
      severity: 'error',
      from: { path: '^shared/[^/]+$', pathNot: [leaf, '^shared/settings\\.ts$'] },
      to: { path: '^(shared|functions|infra|tests)/', pathNot: leaf },
    },
    {
      name: 'shared-is-pure',
      comment:
        'No I/O in shared, whatever folder comes: of Node, only what computes. shared/azure and settings.ts are the exceptions.',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/(azure/|settings\\.ts$)' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|util|zlib)$' },
    },
    {
      name: 'azure-sdk-only-in-shared-azure',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/azure/' },
      to: { path: 'node_modules/@azure/' },
    },
    {
      name: 'functions-use-azure-functions-only',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: 'node_modules/@azure/(?!functions/)' },
    },
    {
      name: 'functions-do-not-know-each-other',
      severity: 'error',
      from: { path: '^functions/(webhooks|stream|reconcile)/' },
      to: { path: '^functions/(webhooks|stream|reconcile)/', pathNot: '^functions/$1/' },
    },
    {
      name: 'product-does-not-know-infra-or-tests',
      severity: 'error',
      from: { path: '^(functions|shared)/' },
      to: { path: '^(infra|tests)/' },
    },
    {
      name: 'infra-does-not-know-tests',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^tests/' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(functions|shared)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@azure/functions-core$' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
