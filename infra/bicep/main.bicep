// Tillstream on Azure, from an empty subscription. docs/it.md says how to deploy it.
targetScope = 'subscription'

import {
  budgetType
  dynamicsType
  environmentType
  eventHubsType
  functionAppType
  monitoringType
  networkType
  signInType
  storageType
  tagsType
} from 'types.bicep'
import { ingestFunctions, pagesFunctions, queues, stateContainers, tables } from 'names.bicep'

@description('Which environment this is.')
param environmentName environmentType

@description('Region of all resources. It must offer Flex Consumption; infra/preflight/preflight.sh checks that.')
@minLength(3)
@maxLength(30)
param location string

@description('Public or private networking.')
param network networkType

@description('Size of the event hub.')
param eventHubs eventHubsType

@description('Replication and retention of storage.')
param storage storageType

@description('Size of the app that takes webhooks, follows the stream and reconciles.')
param ingest functionAppType

@description('Size of the app that shows the finance and operations pages.')
param pages functionAppType

@description('App registration for signing in to the pages.')
param signIn signInType

@description('Alert recipients, log retention and trading hours.')
param monitoring monitoringType

@description('Monthly budget and when it starts.')
param budget budgetType

@description('Name of the resource group. Give another one for a second region.')
@minLength(1)
@maxLength(90)
param resourceGroupName string = 'rg-tillstream-${environmentName}'

@description('Public address of the webhooks, if you use your own domain in front of the app.')
@minLength(9)
@maxLength(200)
param publicUrl string?

@description('Address of the Square API.')
@minLength(9)
@maxLength(200)
param squareApiUrl string

@description('Dynamics 365 environment whose ledger is read by OData; leave out where the ledger comes in files.')
param dynamics dynamicsType?

@description('Your own tags.')
param tags tagsType = {}

var application = 'tillstream'
var suffix = uniqueString(subscription().subscriptionId, application, environmentName, location)
var allTags = union(tags, {
  application: application
  environment: environmentName
  'azd-env-name': environmentName
})
var base = '${application}-${environmentName}'
var names = {
  workspace: 'log-${base}'
  insights: 'appi-${base}'
  actionGroup: 'ag-${base}'
  namespace: 'evhns-${base}-${suffix}'
  vault: 'kv-${environmentName}-${suffix}'
  pagesVault: 'kvp-${environmentName}-${suffix}'
  virtualNetwork: 'vnet-${base}'
  budget: 'budget-${base}'
  ingestIdentity: 'id-${base}-ingest'
  pagesIdentity: 'id-${base}-pages'
  ingestPlan: 'plan-${base}-ingest'
  pagesPlan: 'plan-${base}-pages'
  ingestApp: 'ingest-${environmentName}-${suffix}'
  pagesApp: 'pages-${environmentName}-${suffix}'
}
var storageNames = {
  host: 'sthost${suffix}'
  package: 'stpackage${suffix}'
  state: 'ststate${suffix}'
  raw: 'straw${suffix}'
}
var ingestPackage = 'ingest-package'
var pagesPackage = 'pages-package'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module monitoringResources 'modules/monitoring.bicep' = {
  scope: group
  params: {
    location: location
    workspaceName: names.workspace
    insightsName: names.insights
    actionGroupName: names.actionGroup
    monitoring: monitoring
    tags: allTags
  }
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: {
    location: location
    ingestName: names.ingestIdentity
    pagesName: names.pagesIdentity
    tags: allTags
  }
}

module eventHubsNamespace 'modules/event-hubs.bicep' = {
  scope: group
  params: {
    location: location
    namespaceName: names.namespace
    eventHubs: eventHubs
    network: network
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module hostAccount 'modules/storage-account.bicep' = {
  scope: group
  params: {
    location: location
    accountName: storageNames.host
    sku: storage.disposableSku
    network: network
    keepsData: false
    softDeleteDays: storage.softDeleteDays
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module packageAccount 'modules/storage-account.bicep' = {
  scope: group
  params: {
    location: location
    accountName: storageNames.package
    sku: storage.disposableSku
    network: network
    containers: [ingestPackage, pagesPackage]
    keepsData: false
    softDeleteDays: storage.softDeleteDays
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module stateAccount 'modules/storage-account.bicep' = {
  scope: group
  params: {
    location: location
    accountName: storageNames.state
    sku: storage.sku
    network: network
    containers: stateContainers
    queues: queues
    tables: tables
    keepsData: true
    softDeleteDays: storage.softDeleteDays
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module rawAccount 'modules/raw-account.bicep' = {
  scope: group
  params: {
    location: location
    accountName: storageNames.raw
    storage: storage
    network: network
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    vaultName: names.vault
    network: network
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

// The pages need one secret, and none of the webhook secrets.
module pagesVault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    vaultName: names.pagesVault
    network: network
    workspaceName: names.workspace
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module privateNetwork 'modules/network.bicep' = if (network.mode == 'private') {
  scope: group
  params: {
    location: location
    virtualNetworkName: names.virtualNetwork
    network: network
    storageNames: storageNames
    namespaceName: names.namespace
    vaultName: names.vault
    pagesVaultName: names.pagesVault
    tags: allTags
  }
  dependsOn: [eventHubsNamespace, hostAccount, packageAccount, stateAccount, rawAccount, vault, pagesVault]
}

module ingestRoles 'modules/roles.bicep' = {
  scope: group
  params: {
    identityName: names.ingestIdentity
    storageNames: storageNames
    namespaceName: names.namespace
    vaultName: names.vault
    insightsName: names.insights
    packageContainer: ingestPackage
    sends: true
    receives: true
    usesRaw: true
    queues: concat(queues, map(queues, queue => '${queue}-poison'))
    writes: true
    tables: tables
    writtenTables: []
    containers: stateContainers
  }
  dependsOn: [identities, eventHubsNamespace, hostAccount, packageAccount, stateAccount, rawAccount, vault]
}

module pagesRoles 'modules/roles.bicep' = {
  scope: group
  params: {
    identityName: names.pagesIdentity
    storageNames: storageNames
    namespaceName: names.namespace
    vaultName: names.pagesVault
    insightsName: names.insights
    packageContainer: pagesPackage
    sends: false
    receives: false
    usesRaw: false
    queues: []
    writes: false
    tables: ['alerts', 'days', 'exceptions', 'gaps', 'letters', 'tills']
    // People work off exceptions, sign days off, answer alerts and order what becomes of dead letters; nothing else is
    // theirs to write.
    writtenTables: ['workflow', 'responses', 'letterorders']
    containers: ['reports', 'dead-letters', 'master-data']
  }
  dependsOn: [identities, eventHubsNamespace, hostAccount, packageAccount, stateAccount, rawAccount, pagesVault]
}

module ingestApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    appName: names.ingestApp
    planName: names.ingestPlan
    service: 'ingest'
    app: ingest
    identityName: names.ingestIdentity
    storageNames: storageNames
    packageContainer: ingestPackage
    namespaceName: names.namespace
    vaultName: names.vault
    insightsName: names.insights
    workspaceName: names.workspace
    network: network
    virtualNetworkName: names.virtualNetwork
    disabledFunctions: pagesFunctions
    publicUrl: publicUrl
    squareApiUrl: squareApiUrl
    dynamics: dynamics
    tags: allTags
  }
  dependsOn: [ingestRoles, privateNetwork]
}

module pagesApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    appName: names.pagesApp
    planName: names.pagesPlan
    service: 'pages'
    app: pages
    identityName: names.pagesIdentity
    storageNames: storageNames
    packageContainer: pagesPackage
    namespaceName: names.namespace
    vaultName: names.pagesVault
    insightsName: names.insights
    workspaceName: names.workspace
    network: network
    virtualNetworkName: names.virtualNetwork
    disabledFunctions: ingestFunctions
    publicUrl: publicUrl ?? ingestApp.outputs.url
    squareApiUrl: squareApiUrl
    signIn: signIn
    tags: allTags
  }
  dependsOn: [pagesRoles, privateNetwork]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    prefix: base
    workspaceName: names.workspace
    actionGroupName: names.actionGroup
    namespaceName: names.namespace
    vaultName: names.vault
    pagesVaultName: names.pagesVault
    storageNames: storageNames
    monitoring: monitoring
    tags: allTags
  }
  dependsOn: [monitoringResources, eventHubsNamespace, hostAccount, stateAccount, rawAccount, vault, pagesVault]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    workspaceName: names.workspace
    displayName: 'Tillstream operations (${environmentName})'
    tags: allTags
  }
  dependsOn: [monitoringResources]
}

module monthlyBudget 'modules/budget.bicep' = {
  scope: group
  params: {
    budgetName: names.budget
    budget: budget
    monitoring: monitoring
  }
}

module lock 'modules/lock.bicep' = if (environmentName == 'prod') {
  scope: group
  dependsOn: [ingestApp, pagesApp, alerts, workbook]
}

@description('Resource group of all resources.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Where senders post events to: this address, then /webhooks/ and the source.')
output INGEST_URL string = publicUrl ?? ingestApp.outputs.url

@description('Where people sign in.')
output PAGES_URL string = pagesApp.outputs.url

@description('Vault for the secrets that docs/it.md lists.')
output KEY_VAULT_NAME string = names.vault

@description('Vault that holds only the sign-in secret of the pages.')
output PAGES_VAULT_NAME string = names.pagesVault

@description('Account of the raw landing.')
output RAW_ACCOUNT_NAME string = storageNames.raw

@description('Account of tables, queues and working containers.')
output STATE_ACCOUNT_NAME string = storageNames.state

@description('Name of the ingest app.')
output INGEST_APP_NAME string = names.ingestApp

@description('Name of the pages app.')
output PAGES_APP_NAME string = names.pagesApp
