// The raw landing. Everything else can be rebuilt from it, so nobody can change or delete it during retention.
import { networkType, storageType, tagsType } from '../types.bicep'
import { rawContainer } from '../names.bicep'

@description('Region of the account.')
@minLength(3)
param location string

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Replication, immutability and lifecycle.')
param storage storageType

@description('Whether the account is reached through private endpoints only.')
param network networkType

@description('Name of the Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Tags of every resource.')
param tags tagsType

var isPrivate = network.mode == 'private'
// A rule that deletes earlier would fail on every blob, every day.
var deleteAfterDays = max(storage.rawDeleteAfterDays, storage.rawImmutableDays + 1)

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: storage.sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
    // Set on account and version level: only this form of immutability has its state in the template. Landing writes each
    // blob only once, so it is not affected.
    immutableStorageWithVersioning: {
      enabled: true
      immutabilityPolicy: {
        state: storage.rawImmutability
        immutabilityPeriodSinceCreationInDays: storage.rawImmutableDays
        allowProtectedAppendWrites: false
      }
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
      deleteRetentionPolicy: { enabled: true, days: storage.softDeleteDays }
      containerDeleteRetentionPolicy: { enabled: true, days: storage.softDeleteDays }
    }

    resource raw 'containers' = {
      name: rawContainer
      properties: {
        publicAccess: 'None'
        immutableStorageWithVersioning: { enabled: true }
      }
    }
  }
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'raw'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${rawContainer}/'] }
            actions: {
              baseBlob: {
                tierToCool: { daysAfterModificationGreaterThan: storage.rawCoolAfterDays }
                delete: { daysAfterModificationGreaterThan: deleteAfterDays }
              }
              version: { delete: { daysAfterCreationGreaterThan: deleteAfterDays } }
            }
          }
        }
      ]
    }
  }
  dependsOn: [account::blobs]
}

#disable-next-line use-recent-api-versions // The only version that knows category groups and dedicated tables.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account::blobs
  name: 'to-workspace'
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}
