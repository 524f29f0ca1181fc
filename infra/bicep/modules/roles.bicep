// The rights of one app: each role is assigned on the hub, queue, table or container that needs it, never on a wider scope.
// A name is guid(scope, identity, role). The identity is named by its resource id: its object id is known only while
// deploying, and what-if cannot predict resources named after it.
import { storageNamesType } from '../types.bicep'
import { hub, rawContainer } from '../names.bicep'
import { roleIds } from '../roles.bicep'

@description('Name of the identity of the app.')
@minLength(3)
@maxLength(128)
param identityName string

@description('Names of the storage accounts.')
param storageNames storageNamesType

@description('Name of the Event Hubs namespace.')
@minLength(6)
@maxLength(50)
param namespaceName string

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param vaultName string

@description('Name of the Application Insights component.')
@minLength(1)
@maxLength(260)
param insightsName string

@description('Container of the package account that the app is deployed from.')
@minLength(3)
@maxLength(63)
param packageContainer string

@description('Whether the app publishes to the hub.')
param sends bool

@description('Whether the app reads the hub.')
param receives bool

@description('Whether the app works on the raw landing.')
param usesRaw bool

@description('Queues that the app works on.')
param queues string[]

@description('Whether the app writes its tables and containers, or reads them only.')
param writes bool

@description('Tables that the app works on.')
param tables string[]

@description('Tables that the app writes though it only reads the others.')
param writtenTables string[]

@description('Containers of the state account that the app works on.')
param containers string[]

var containerRole = writes ? roleIds.storageBlobDataContributor : roleIds.storageBlobDataReader
var tableRole = writes ? roleIds.storageTableDataContributor : roleIds.storageTableDataReader

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' existing = {
  name: namespaceName

  resource eventHub 'eventhubs' existing = {
    name: hub
  }
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.host
}

resource packageAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.package

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = {
      name: packageContainer
    }
  }
}

resource rawAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.raw

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = {
      name: rawContainer
    }
  }
}

resource stateAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.state

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [
      for name in containers: {
        name: name
      }
    ]
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = [
      for name in queues: {
        name: name
      }
    ]
  }

  resource tableService 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = [
      for name in concat(tables, writtenTables): {
        name: name
      }
    ]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (sends) {
  scope: namespace::eventHub
  name: guid(namespace::eventHub.id, identity.id, roleIds.eventHubsDataSender)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.eventHubsDataSender)
  }
}

resource receiver 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (receives) {
  scope: namespace::eventHub
  name: guid(namespace::eventHub.id, identity.id, roleIds.eventHubsDataReceiver)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.eventHubsDataReceiver)
  }
}

// The Functions host creates its own containers and tables here, so the account is the narrowest possible scope.
// The account holds nothing else.
var hostRoles = [roleIds.storageBlobDataOwner, roleIds.storageTableDataContributor]

resource host 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in hostRoles: {
    scope: hostAccount
    name: guid(hostAccount.id, identity.id, role)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource package 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: packageAccount::blobs::container
  name: guid(packageAccount::blobs::container.id, identity.id, roleIds.storageBlobDataContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}

resource raw 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (usesRaw) {
  scope: rawAccount::blobs::container
  name: guid(rawAccount::blobs::container.id, identity.id, roleIds.storageBlobDataContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}

resource stateContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in containers: {
    scope: stateAccount::blobs::container[index]
    name: guid(stateAccount::blobs::container[index].id, identity.id, containerRole)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', containerRole)
    }
  }
]

resource stateQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in queues: {
    scope: stateAccount::queueService::queue[index]
    name: guid(stateAccount::queueService::queue[index].id, identity.id, roleIds.storageQueueDataContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageQueueDataContributor)
    }
  }
]

resource stateTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in concat(tables, writtenTables): {
    scope: stateAccount::tableService::table[index]
    name: guid(
      stateAccount::tableService::table[index].id,
      identity.id,
      contains(writtenTables, name) ? roleIds.storageTableDataContributor : tableRole
    )
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        contains(writtenTables, name) ? roleIds.storageTableDataContributor : tableRole
      )
    }
  }
]

// People create the secrets after the deployment, so roles cannot be assigned per secret.
resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, roleIds.keyVaultSecretsUser)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultSecretsUser)
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, identity.id, roleIds.monitoringMetricsPublisher)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher)
  }
}
