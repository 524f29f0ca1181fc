// Names shared by code and templates. shared/azure/names.ts is the source; a test compares the two.

@export()
@description('The event hub that every accepted event is written to.')
var hub = 'pos-events'

@export()
@description('One consumer group per reader of the hub.')
var consumerGroups = ['stock', 'tills', 'landing']

@export()
@description('Queues of the state account. Each has a poison queue beside it.')
var queues = ['alerts', 'spill', 'hydrate', 'reconcile', 'compact']

@export()
@description('Tables of the state account.')
var tables = ['stock', 'tills', 'alerts', 'days', 'exceptions', 'workflow', 'gaps', 'letters', 'responses', 'tokens', 'letterorders']

@export()
@description('The container of the raw landing, in a separate account.')
var rawContainer = 'raw'

@export()
@description('Containers of the state account.')
var stateContainers = ['lake', 'ledger', 'reports', 'dead-letters', 'master-data', 'stock-history']

@export()
@description('Functions that the pages app runs; the ingest app has them disabled.')
var pagesFunctions = ['home', 'finance', 'operations']

@export()
@description('Functions that the ingest app runs; the pages app has them disabled.')
var ingestFunctions = [
  'receive'
  'hydrate'
  'republish'
  'backFill'
  'health'
  'openapi'
  'unknown'
  'stock'
  'tills'
  'outbox'
  'notify'
  'watchShelves'
  'forecastDemand'
  'followUp'
  'alertLinks'
  'watchTills'
  'judgeCashiers'
  'land'
  'plan'
  'reconcile'
  'compact'
  'letterOrders'
  'buryAlerts'
  'burySpill'
  'buryHydrate'
  'buryReconcile'
  'buryCompact'
]

@export()
@description('Vault secret with the client secret of the sign-in app registration. Only Azure reads it.')
var signInSecret = 'pages-sign-in'
