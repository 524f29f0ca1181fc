// The types of every parameter, so that a misspelt property is an error of the compiler and not of the night.

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
  @description('Partitions of the hub; the most instances that one consumer group can use. It can not be lowered later.')
  @minValue(1)
  @maxValue(32)
  partitions: int

  @description('Hours that events stay in the hub. Longer than the longest outage that you plan for.')
  @minValue(24)
  @maxValue(168)
  retentionHours: int

  @description('Throughput units bought all the time: each takes 1 MB/s or 1,000 events/s in.')
  @minValue(1)
  @maxValue(40)
  throughputUnits: int

  @description('Where auto-inflate stops. It never deflates by itself.')
  @minValue(1)
  @maxValue(40)
  maximumThroughputUnits: int
}

@export()
@sealed()
@description('Replication and retention of the storage accounts.')
type storageType = {
  @description('Replication of the state and raw accounts. Zone-redundant is the least for real data.')
  sku: 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_RAGZRS'

  @description('Replication of the accounts that hold only what a deployment makes again: host and package.')
  disposableSku: 'Standard_LRS' | 'Standard_ZRS'

  @description('Days that a raw blob can be neither changed nor deleted.')
  @minValue(1)
  @maxValue(3650)
  rawImmutableDays: int

  @description('Locked can never be undone and never be shortened. A new account starts Unlocked; see docs/it.md.')
  rawImmutability: 'Unlocked' | 'Locked'

  @description('Days after which a raw blob moves to the cool tier.')
  @minValue(1)
  @maxValue(3650)
  rawCoolAfterDays: int

  @description('Days after which a raw blob is deleted. Never before immutability ends, whatever is written here.')
  @minValue(2)
  @maxValue(7300)
  rawDeleteAfterDays: int

  @description('Days for which deleted blobs and containers can be brought back.')
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

  @description('Most instances of the app. At least as many as the hub has partitions.')
  @minValue(40)
  @maxValue(1000)
  maximumInstanceCount: int

  @description('Instances kept warm for HTTP. A till waits two seconds, a cold start may take longer.')
  @minValue(0)
  @maxValue(20)
  alwaysReadyHttp: int

  @description('HTTP requests that one instance takes at a time before another instance starts. Webhooks wait for the hub most of the time.')
  @minValue(1)
  @maxValue(1000)
  httpPerInstanceConcurrency: int

  @description('Spread instances over availability zones. Azure then keeps and bills two instances of every function that scales alone; see docs/it.md.')
  zoneRedundant: bool

  @description('Id of your Azure Front Door. Where it is given, the app answers nobody who comes another way.')
  @minLength(36)
  @maxLength(36)
  frontDoorId: string?
}

@export()
@sealed()
@description('The Entra ID app registration behind which the finance and operations pages stand.')
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
@description('Who is told, and how loud.')
type monitoringType = {
  @description('Addresses that every alert is mailed to.')
  @minLength(1)
  @maxLength(10)
  alertEmails: emailType[]

  @description('Days that logs are kept.')
  @minValue(30)
  @maxValue(730)
  logRetentionDays: int

  @description('Most log data a day in GB, so that a fault can not spend the budget; -1 is no limit.')
  @minValue(-1)
  @maxValue(1000)
  dailyLogCapGb: int

  @description('Hours of the day, in UTC, between which some store trades on every day: silence then is an alarm. from 22 to 5 wraps around midnight.')
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
@description('What a month may cost before people are told.')
type budgetType = {
  @description('Amount a month, in the currency of the subscription.')
  @minValue(1)
  @maxValue(1000000)
  amount: int

  @description('First day of a month, as 2026-12-01. Azure does not let it change later.')
  @minLength(10)
  @maxLength(10)
  startDate: string
}

@export()
@description('Tags put on every resource.')
type tagsType = {
  @description('Any tag of your own, such as costCenter or owner.')
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
