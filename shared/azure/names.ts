/**
 * Every name of an Azure resource that code and Bicep must agree on. A test compares this file with the compiled
 * templates, both ways.
 */
export const HUB = 'pos-events';
export const CONSUMER_GROUPS = { stock: 'stock', tills: 'tills', landing: 'landing' } as const;
export const QUEUES = {
  alerts: 'alerts',
  spill: 'spill',
  hydrate: 'hydrate',
  reconcile: 'reconcile',
  compact: 'compact',
} as const;
export const TABLES = {
  stock: 'stock',
  tills: 'tills',
  alerts: 'alerts',
  days: 'days',
  exceptions: 'exceptions',
  workflow: 'workflow',
  gaps: 'gaps',
  letters: 'letters',
  responses: 'responses',
  tokens: 'tokens',
  letterOrders: 'letterorders',
} as const;
export const CONTAINERS = {
  raw: 'raw',
  lake: 'lake',
  ledger: 'ledger',
  reports: 'reports',
  deadLetters: 'dead-letters',
  masterData: 'master-data',
  stockHistory: 'stock-history',
} as const;
/**
 * The app setting that bounds a request's body before the host buffers it, signed or not; no source takes more. Its
 * value in Azure is set by Bicep.
 */
export const BODY_LIMIT = { setting: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', bytes: 8 * 1024 * 1024 } as const;
/** Prefixes of app settings. In Azure they name services and identities, on this machine connection strings. */
export const CONNECTIONS = {
  posEvents: 'PosEvents',
  state: 'State',
  raw: 'Raw',
  host: 'AzureWebJobsStorage',
} as const;
export const MASTER_DATA_FILES = {
  stores: 'stores.json',
  products: 'products.json',
  postingProfile: 'posting-profile.json',
  ledgerMappings: 'ledger-mappings.json',
  settlementMappings: 'settlement-mappings.json',
  dynamicsFinance: 'dynamics-finance.json',
  dynamicsCommerce: 'dynamics-commerce.json',
  dynamicsSetup: 'dynamics-setup.json',
  alertRoutes: 'alert-routes.json',
  alertLimits: 'alert-limits.json',
  senders: 'senders.json',
  closePolicy: 'close-policy.json',
} as const;
/** Key Vault secrets. The two newest enabled versions of each are accepted, so rotation needs no restart. */
export const SECRETS = {
  /** Of a source as a whole, or of one sender of it. */
  webhook: (source: string, sender?: string): string =>
    sender === undefined ? `webhook-${source}` : `webhook-${source}--${sender}`,
  /** Keys of the pseudonyms of customers and gift cards, of operators, and of card numbers in ids. */
  pseudonymKey: 'pseudonym-key',
  operatorKey: 'pseudonym-key-operators',
  idKey: 'pseudonym-key-ids',
  /** Of the app registration that reads Dynamics 365. */
  dynamicsClientSecret: 'dynamics-client-secret',
  alertChannel: (name: string): string => `alert-${name}`,
  /** Signs the links of messages by which people answer an alert. */
  alertLinkKey: 'alert-link-key',
} as const;
export const ROUTES = {
  webhooks: 'webhooks/{source}/{sender?}',
  finance: 'finance/{*path}',
  operations: 'operations/{*path}',
  /** Also whatever no other function of the app takes. */
  home: '{*path}',
  health: 'health/{probe?}',
  openApi: 'openapi.json',
  /** Links of messages, by which people answer an alert without signing in. */
  alertLinks: 'alerts/{token}',
  /** Whatever has no route of its own, but for the root: distinct from `home`, which the pages app has instead. */
  unknown: '{first}/{*rest}',
} as const;
export const ROLES = {
  financeRead: 'Finance.Read',
  financeApprove: 'Finance.Approve',
  operations: 'Operations',
} as const;
/** An app role for the reader of one store: `Store.Read.` and the store's id. IT adds one for each store that needs it. */
export const STORE_ROLE_PREFIX = 'Store.Read.';
/** Azure function names, by the folder that registers them. No hyphens: Azure cannot disable such a function on Linux. */
export const FUNCTIONS = {
  webhooks: ['receive', 'hydrate', 'republish', 'backFill', 'health', 'openapi', 'unknown'],
  stream: [
    'stock',
    'tills',
    'outbox',
    'notify',
    'watchShelves',
    'forecastDemand',
    'followUp',
    'alertLinks',
    'watchTills',
    'judgeCashiers',
  ],
  reconcile: [
    'land',
    'plan',
    'reconcile',
    'compact',
    'finance',
    'operations',
    'home',
    'letterOrders',
    'buryAlerts',
    'burySpill',
    'buryHydrate',
    'buryReconcile',
    'buryCompact',
  ],
} as const;
