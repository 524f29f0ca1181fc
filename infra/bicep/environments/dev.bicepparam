using '../main.bicep'

param environmentName = 'dev'
// azd and the pipeline set AZURE_LOCATION.
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param network = { mode: 'public', addressPrefix: '10.61.0.0/24' }
param eventHubs = { partitions: 4, retentionHours: 24, throughputUnits: 1, maximumThroughputUnits: 2 }
param storage = {
  sku: 'Standard_LRS'
  disposableSku: 'Standard_LRS'
  rawImmutableDays: 1
  rawImmutability: 'Unlocked'
  rawCoolAfterDays: 7
  rawDeleteAfterDays: 30
  softDeleteDays: 7
}
param ingest = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyHttp: 0, httpPerInstanceConcurrency: 32, zoneRedundant: false }
param pages = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyHttp: 0, httpPerInstanceConcurrency: 16, zoneRedundant: false }
// Set these before deploying. Without them the deployment fails here instead of at the first sign-in.
param signIn = {
  tenantId: readEnvironmentVariable('SIGN_IN_TENANT_ID')
  clientId: readEnvironmentVariable('SIGN_IN_CLIENT_ID')
}
param monitoring = {
  alertEmails: [readEnvironmentVariable('ALERT_EMAIL')]
  logRetentionDays: 30
  dailyLogCapGb: 1
  tradingHoursUtc: { from: 7, to: 18 }
}
param budget = { amount: 100, startDate: readEnvironmentVariable('BUDGET_START_DATE', '2026-12-01') }
param squareApiUrl = 'https://connect.squareupsandbox.com'
