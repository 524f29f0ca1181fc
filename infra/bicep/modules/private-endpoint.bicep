// A private endpoint for one service, with its record in the private zone.
import { tagsType } from '../types.bicep'

@description('Region of the endpoint.')
@minLength(3)
param location string

@description('Name of the endpoint.')
@minLength(2)
@maxLength(64)
param endpointName string

@description('Resource id of the service.')
@minLength(20)
param targetId string

@description('Subresource of the endpoint, such as blob or vault.')
param groupId 'blob' | 'queue' | 'table' | 'namespace' | 'vault'

@description('Name of the private DNS zone.')
@minLength(5)
@maxLength(100)
param zoneName string

@description('Name of the virtual network.')
@minLength(2)
@maxLength(64)
param virtualNetworkName string

@description('Tags of every resource.')
param tags tagsType

resource subnet 'Microsoft.Network/virtualNetworks/subnets@2025-05-01' existing = {
  name: '${virtualNetworkName}/endpoints'
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: zoneName
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: endpointName
  location: location
  tags: tags
  properties: {
    subnet: { id: subnet.id }
    privateLinkServiceConnections: [
      {
        name: endpointName
        properties: {
          privateLinkServiceId: targetId
          groupIds: [groupId]
        }
      }
    ]
  }

  resource zoneGroup 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        { name: groupId, properties: { privateDnsZoneId: zone.id } }
      ]
    }
  }
}
