// Types of all parameters. A misspelled property is a compiler error instead of a runtime failure.

@export()
@description('Which environment this is. Production adds locks and a locked retention of the raw landing.')
type environmentType = 'dev' | 'test' | 'prod'

@export()
@sealed()
@description('Whether services are reached over the internet with Entra ID alone, or through private endpoints only.')
type networkType = {
  @description('private closes public access to every service and reaches each through a private endpoint.')
  mode: 'public' | 'private'

  @description('Address space of the virtual network in private mode; a /24 or larger.')
  @minLength(9)
  @maxLength(18)
  addressPrefix: string
}

@export()
@sealed()
@description('Size of the event hub.')
type eventHubsType = {
  @description('Number of hub partitions, which limits the instances per consumer group. It cannot be lowered later.')
  @minValue(1)
  @maxValue(32)
  partitions: int

  @description('Hours that events stay in the hub. Choose more than the longest outage that you plan for.')
  @minValue(24)
  @maxValue(168)
  retentionHours: int

  @description('Throughput units that are always provisioned: each allows 1 MB/s or 1,000 events/s of ingress.')
  @minValue(1)
  @maxValue(40)
  throughputUnits: int

  @description('Upper limit of auto-inflate. Azure never scales back automatically.')
  @minValue(1)
  @maxValue(40)
  maximumThroughputUnits: int
}

@export()
@sealed()
@description('Replication and retention of the storage accounts.')
type storageType = {
  @description('Replication of the state and raw accounts. Use at least zone-redundant storage for production data.')
  sku: 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_RAGZRS'

  @description('Replication of the accounts whose content a deployment recreates: host and package.')
  disposableSku: 'Standard_LRS' | 'Standard_ZRS'

  @description('Days during which a raw blob can be neither changed nor deleted.')
  @minValue(1)
  @maxValue(3650)
  rawImmutableDays: int

  @description('Locked cannot be undone or shortened. A new account starts Unlocked; see docs/it.md.')
  rawImmutability: 'Unlocked' | 'Locked'

  @description('Days after which a raw blob moves to the cool tier.')
  @minValue(1)
  @maxValue(3650)
  rawCoolAfterDays: int

  @description('Days after which a raw blob is deleted. Immutability takes precedence.')
  @minValue(2)
  @maxValue(7300)
  rawDeleteAfterDays: int

  @description('Days for which deleted blobs and containers can be restored.')
  @minValue(7)
  @maxValue(365)
  softDeleteDays: int
}

@export()
@sealed()
@description('Size of one function app on Flex Consumption.')
type functionAppType = {
  @description('Memory of one instance in MB.')
  instanceMemoryMB: 512 | 2048 | 4096

  @description('Maximum instances of the app. Use at least the number of hub partitions.')
  @minValue(40)
  @maxValue(1000)
  maximumInstanceCount: int

  @description('Instances kept warm for HTTP. Tills time out after two seconds; a cold start may take longer.')
  @minValue(0)
  @maxValue(20)
  alwaysReadyHttp: int

  @description('Concurrent HTTP requests per instance before another instance starts. Webhooks spend most of their time waiting for the hub.')
  @minValue(1)
  @maxValue(1000)
  httpPerInstanceConcurrency: int

  @description('Spread instances over availability zones. Azure then keeps and bills two instances for every function that scales independently; see docs/it.md.')
  zoneRedundant: bool

  @description('Id of your Azure Front Door. If set, the app rejects requests that bypass it.')
  @minLength(36)
  @maxLength(36)
  frontDoorId: string?
}

@export()
@sealed()
@description('The Entra ID app registration that protects the finance and operations pages.')
type signInType = {
  @description('Tenant whose people may sign in.')
  @minLength(36)
  @maxLength(36)
  tenantId: string

  @description('Application (client) id of the registration.')
  @minLength(36)
  @maxLength(36)
  clientId: string
}

@export()
@sealed()
@description('The Dynamics 365 environment whose ledger is read by OData.')
type dynamicsType = {
  @description('Address of the environment, such as https://contoso.operations.dynamics.com.')
  @minLength(12)
  @maxLength(200)
  url: string

  @description('Tenant of the app registration that reads it. Leave out both ids to read with the managed identity of the ingest app, without a secret.')
  @minLength(36)
  @maxLength(36)
  tenantId: string?

  @description('Application (client) id of that registration; its secret is dynamics-client-secret in the vault.')
  @minLength(36)
  @maxLength(36)
  clientId: string?

  @description('Sign-in address of a sovereign cloud, such as https://login.microsoftonline.us.')
  @minLength(12)
  @maxLength(200)
  authorityHost: string?
}

@export()
@sealed()
@description('Alert recipients, log retention and trading hours.')
type monitoringType = {
  @description('Addresses that every alert is mailed to.')
  @minLength(1)
  @maxLength(10)
  alertEmails: emailType[]

  @description('Days that logs are kept.')
  @minValue(30)
  @maxValue(730)
  logRetentionDays: int

  @description('Daily cap on log data in GB, so that a fault cannot use up the budget; -1 means no limit.')
  @minValue(-1)
  @maxValue(1000)
  dailyLogCapGb: int

  @description('Hours of the day, in UTC, in which at least one store trades every day: silence then raises an alert. from 22 to 5 wraps around midnight.')
  tradingHoursUtc: hoursType
}

@export()
@sealed()
@description('Whole hours of a day.')
type hoursType = {
  @description('First hour.')
  @minValue(0)
  @maxValue(23)
  from: int

  @description('The hour after the last one.')
  @minValue(0)
  @maxValue(24)
  to: int
}

@export()
@description('An e-mail address.')
@minLength(6)
@maxLength(254)
type emailType = string

@export()
@sealed()
@description('Monthly budget and when it starts.')
type budgetType = {
  @description('Amount per month, in the currency of the subscription.')
  @minValue(1)
  @maxValue(1000000)
  amount: int

  @description('First day of a month, as 2026-12-01. Azure does not allow changing it later.')
  @minLength(10)
  @maxLength(10)
  startDate: string
}

@export()
@description('Tags put on every resource.')
type tagsType = {
  @description('Any other tag, such as costCenter or owner.')
  *: string
}

@export()
@sealed()
@description('Names of the four storage accounts.')
type storageNamesType = {
  @description('Account of the functions host: leases, checkpoints, keys.')
  host: string

  @description('Account of the deployment packages.')
  package: string

  @description('Account of tables, queues and working containers.')
  state: string

  @description('Account of the immutable raw landing.')
  raw: string
}
