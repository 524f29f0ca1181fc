// One identity per app, so the pages cannot do what only the ingest may.
import { tagsType } from '../types.bicep'

@description('Region of the identities.')
@minLength(3)
param location string

@description('Name of the identity of the ingest app.')
@minLength(3)
@maxLength(128)
param ingestName string

@description('Name of the identity of the pages app.')
@minLength(3)
@maxLength(128)
param pagesName string

@description('Tags of every resource.')
param tags tagsType

resource ingest 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: ingestName
  location: location
  tags: tags
}

resource pages 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: pagesName
  location: location
  tags: tags
}
