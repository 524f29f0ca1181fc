// Private mode: the network, and for every service an endpoint, a zone, a link and a zone group.
import { networkType, storageNamesType, tagsType } from '../types.bicep'

@description('Region of the network.')
@minLength(3)
param location string

@description('Name of the virtual network. Endpoint names derive from it and are limited to 64 characters.')
@minLength(2)
@maxLength(48)
param virtualNetworkName string

@description('Address space of the network.')
param network networkType

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

@description('Name of the vault of the pages.')
@minLength(3)
@maxLength(24)
param pagesVaultName string

@description('Tags of every resource.')
param tags tagsType

var storageSuffix = environment().suffixes.storage
var zoneNames = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  // The suffixes of Event Hubs and of the vault's private zone derive from those of storage and vault in every cloud.
  hub: 'privatelink.${replace(storageSuffix, 'core.', 'servicebus.')}'
  vault: replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')
}
var zoneKeys = ['blob', 'queue', 'table', 'hub', 'vault']

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.host
}

resource packageAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.package
}

resource stateAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.state
}

resource rawAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.raw
}

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' existing = {
  name: namespaceName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource pagesVault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: pagesVaultName
}

// Every service that the apps call, plus the host account's queue and table services, which the Functions host may use.
var targets = [
  { name: 'host-blob', id: hostAccount.id, groupId: 'blob', zone: 'blob' }
  { name: 'host-queue', id: hostAccount.id, groupId: 'queue', zone: 'queue' }
  { name: 'host-table', id: hostAccount.id, groupId: 'table', zone: 'table' }
  { name: 'package-blob', id: packageAccount.id, groupId: 'blob', zone: 'blob' }
  { name: 'state-blob', id: stateAccount.id, groupId: 'blob', zone: 'blob' }
  { name: 'state-queue', id: stateAccount.id, groupId: 'queue', zone: 'queue' }
  { name: 'state-table', id: stateAccount.id, groupId: 'table', zone: 'table' }
  { name: 'raw-blob', id: rawAccount.id, groupId: 'blob', zone: 'blob' }
  { name: 'hub', id: namespace.id, groupId: 'namespace', zone: 'hub' }
  { name: 'vault', id: vault.id, groupId: 'vault', zone: 'vault' }
  { name: 'pages-vault', id: pagesVault.id, groupId: 'vault', zone: 'vault' }
]

resource securityGroup 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${virtualNetworkName}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'no-inbound-from-internet'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource virtualNetwork 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: virtualNetworkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [network.addressPrefix] }
    subnets: [
      {
        name: 'ingest'
        properties: {
          addressPrefix: cidrSubnet(network.addressPrefix, 26, 0)
          networkSecurityGroup: { id: securityGroup.id }
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'pages'
        properties: {
          addressPrefix: cidrSubnet(network.addressPrefix, 26, 1)
          networkSecurityGroup: { id: securityGroup.id }
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(network.addressPrefix, 26, 2)
          networkSecurityGroup: { id: securityGroup.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for key in zoneKeys: {
    name: zoneNames[key]
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (key, index) in zoneKeys: {
    parent: zones[index]
    name: virtualNetworkName
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: virtualNetwork.id }
    }
  }
]

module endpoints 'private-endpoint.bicep' = [
  for target in targets: {
    params: {
      location: location
      endpointName: 'pe-${virtualNetworkName}-${target.name}'
      targetId: target.id
      groupId: target.groupId
      zoneName: zoneNames[target.zone]
      virtualNetworkName: virtualNetwork.name
      tags: tags
    }
    dependsOn: [zones, links]
  }
]
