using '../main.bicep'

param environmentName = 'prod'
// azd and the pipeline set AZURE_LOCATION.
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param network = { mode: 'private', addressPrefix: '10.60.0.0/24' }
// 32 partitions cannot be added later without breaking the order per store, and cost nothing while they are idle.
param eventHubs = { partitions: 32, retentionHours: 168, throughputUnits: 2, maximumThroughputUnits: 20 }
param storage = {
  sku: 'Standard_GZRS'
  disposableSku: 'Standard_ZRS'
  rawImmutableDays: 400
  // Azure creates policies only unlocked. Set Locked in a second deployment, once the first is verified.
  rawImmutability: 'Unlocked'
  rawCoolAfterDays: 60
  rawDeleteAfterDays: 3653
  softDeleteDays: 30
}
param ingest = { instanceMemoryMB: 2048, maximumInstanceCount: 100, alwaysReadyHttp: 2, httpPerInstanceConcurrency: 100, zoneRedundant: true }
param pages = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyHttp: 0, httpPerInstanceConcurrency: 16, zoneRedundant: false }
// Set these before deploying. Without them the deployment fails here instead of at the first sign-in.
param signIn = {
  tenantId: readEnvironmentVariable('SIGN_IN_TENANT_ID')
  clientId: readEnvironmentVariable('SIGN_IN_CLIENT_ID')
}
param monitoring = {
  alertEmails: [readEnvironmentVariable('ALERT_EMAIL')]
  logRetentionDays: 90
  dailyLogCapGb: 20
  tradingHoursUtc: { from: 7, to: 18 }
}
param budget = { amount: 1500, startDate: readEnvironmentVariable('BUDGET_START_DATE', '2026-12-01') }
param squareApiUrl = 'https://connect.squareup.com'
