// The log that every accepted event is written to, with one consumer group per reader.
import { eventHubsType, networkType, tagsType } from '../types.bicep'
import { consumerGroups, hub } from '../names.bicep'

@description('Region of the namespace.')
@minLength(3)
param location string

@description('Name of the namespace.')
@minLength(6)
@maxLength(50)
param namespaceName string

@description('Size of the hub.')
param eventHubs eventHubsType

@description('Whether the namespace is reached through a private endpoint only.')
param network networkType

@description('Name of the Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Tags of every resource.')
param tags tagsType

var publicNetworkAccess = network.mode == 'private' ? 'Disabled' : 'Enabled'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' = {
  name: namespaceName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: eventHubs.throughputUnits
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
    zoneRedundant: true
    isAutoInflateEnabled: eventHubs.maximumThroughputUnits > eventHubs.throughputUnits
    maximumThroughputUnits: eventHubs.maximumThroughputUnits > eventHubs.throughputUnits
      ? eventHubs.maximumThroughputUnits
      : 0
  }
}

resource eventHub 'Microsoft.EventHub/namespaces/eventhubs@2026-01-01' = {
  parent: namespace
  name: hub
  properties: {
    partitionCount: eventHubs.partitions
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: eventHubs.retentionHours
    }
  }
}

// Azure allows only one change to a hub at a time.
@batchSize(1)
resource groups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2026-01-01' = [
  for group in consumerGroups: {
    parent: eventHub
    name: group
  }
]

#disable-next-line use-recent-api-versions // The only version that knows category groups and dedicated tables.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'to-workspace'
  properties: {
    workspaceId: workspace.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}
