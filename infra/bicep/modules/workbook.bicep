// The on-call workbook: throughput, lag, failures and dead letters.
import { tagsType } from '../types.bicep'

@description('Region of the workbook.')
@minLength(3)
param location string

@description('Name of the Log Analytics workspace that the workbook reads.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Display name.')
@minLength(3)
@maxLength(100)
param displayName string

@description('Tags of every resource.')
param tags tagsType

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'operations')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: displayName
    serializedData: replace(loadTextContent('../workbook.json'), '{{workspaceId}}', workspace.id)
    sourceId: workspace.id
    version: 'Notebook/1.0'
  }
}
