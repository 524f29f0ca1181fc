using '../main.bicep'

param environmentName = 'test'
// azd and the pipeline set AZURE_LOCATION.
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param network = { mode: 'private', addressPrefix: '10.62.0.0/24' }
param eventHubs = { partitions: 8, retentionHours: 72, throughputUnits: 1, maximumThroughputUnits: 4 }
param storage = {
  sku: 'Standard_ZRS'
  disposableSku: 'Standard_LRS'
  rawImmutableDays: 7
  rawImmutability: 'Unlocked'
  rawCoolAfterDays: 30
  rawDeleteAfterDays: 90
  softDeleteDays: 7
}
param ingest = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyHttp: 0, httpPerInstanceConcurrency: 100, zoneRedundant: false }
param pages = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyHttp: 0, httpPerInstanceConcurrency: 16, zoneRedundant: false }
// Set these before deploying. Without them the deployment fails here instead of at the first sign-in.
param signIn = {
  tenantId: readEnvironmentVariable('SIGN_IN_TENANT_ID')
  clientId: readEnvironmentVariable('SIGN_IN_CLIENT_ID')
}
param monitoring = {
  alertEmails: [readEnvironmentVariable('ALERT_EMAIL')]
  logRetentionDays: 30
  dailyLogCapGb: 5
  tradingHoursUtc: { from: 7, to: 18 }
}
param budget = { amount: 300, startDate: readEnvironmentVariable('BUDGET_START_DATE', '2026-12-01') }
param squareApiUrl = 'https://connect.squareupsandbox.com'
