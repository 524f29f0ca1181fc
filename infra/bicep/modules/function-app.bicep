// One function app on Flex Consumption. Both apps run the same package; each has the other's functions disabled.
import { dynamicsType, functionAppType, networkType, signInType, storageNamesType, tagsType } from '../types.bicep'
import { signInSecret } from '../names.bicep'

@description('Region of the app.')
@minLength(3)
param location string

@description('Name of the app; at most 32 characters, because the Functions host truncates its id there.')
@minLength(2)
@maxLength(32)
param appName string

@description('Name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('Service of azure.yaml that is deployed here.')
param service 'ingest' | 'pages'

@description('Size of the app.')
param app functionAppType

@description('Name of the identity of the app.')
@minLength(3)
@maxLength(128)
param identityName string

@description('Names of the storage accounts.')
param storageNames storageNamesType

@description('Container of the package account that the app is deployed from.')
@minLength(3)
@maxLength(63)
param packageContainer string

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

@description('Name of the Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Whether the app reaches its services through the virtual network.')
param network networkType

@description('Name of the virtual network of private mode.')
@minLength(2)
@maxLength(64)
param virtualNetworkName string

@description('Functions of the package that this app must not run.')
param disabledFunctions string[]

@description('Public address of the webhooks, if it is not the address of the ingest app itself.')
@minLength(9)
@maxLength(200)
param publicUrl string?

@description('Address of the Square API.')
@minLength(9)
@maxLength(200)
param squareApiUrl string

@description('Dynamics 365 environment whose ledger is read; the pages app has none.')
param dynamics dynamicsType?

@description('App registration that people sign in with; only the pages app has one.')
param signIn signInType?

@description('Tags of every resource.')
param tags tagsType

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
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

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: app.zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': service })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identity.id
    // Referenced by id, not as an existing resource: in public mode it does not exist.
    virtualNetworkSubnetId: network.mode == 'private'
      ? resourceId('Microsoft.Network/virtualNetworks/subnets', virtualNetworkName, service)
      : null
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${packageAccount.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'node', version: '22' }
      scaleAndConcurrency: {
        instanceMemoryMB: app.instanceMemoryMB
        maximumInstanceCount: app.maximumInstanceCount
        alwaysReady: app.alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: app.alwaysReadyHttp }] : []
        triggers: { http: { perInstanceConcurrency: app.httpPerInstanceConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      // The app's host name would bypass the front door, so refuse all other traffic.
      ipSecurityRestrictionsDefaultAction: app.?frontDoorId == null ? 'Allow' : 'Deny'
      ipSecurityRestrictions: app.?frontDoorId == null
        ? []
        : [
            {
              name: 'front-door'
              priority: 100
              action: 'Allow'
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: { 'x-azure-fdid': [app.frontDoorId!] }
            }
          ]
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        AzureWebJobsStorage__accountName: storageNames.host
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.properties.clientId
        PosEvents__fullyQualifiedNamespace: split(split(namespace.properties.serviceBusEndpoint, '//')[1], ':')[0]
        PosEvents__credential: 'managedidentity'
        PosEvents__clientId: identity.properties.clientId
        State__blobServiceUri: stateAccount.properties.primaryEndpoints.blob
        State__queueServiceUri: stateAccount.properties.primaryEndpoints.queue
        State__tableServiceUri: stateAccount.properties.primaryEndpoints.table
        State__credential: 'managedidentity'
        State__clientId: identity.properties.clientId
        Raw__blobServiceUri: rawAccount.properties.primaryEndpoints.blob
        Raw__credential: 'managedidentity'
        Raw__clientId: identity.properties.clientId
        KeyVault__uri: vault.properties.vaultUri
        KeyVault__clientId: identity.properties.clientId
        Webhooks__publicUrl: publicUrl ?? 'https://${site.properties.defaultHostName}'
        Square__apiUrl: squareApiUrl
        Dynamics__url: dynamics.?url ?? ''
        Dynamics__tenantId: dynamics.?tenantId ?? ''
        Dynamics__clientId: dynamics.?clientId ?? ''
        Dynamics__authorityHost: dynamics.?authorityHost ?? ''
        // Before the host buffers a body and before any signature: the largest that a source takes.
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '8388608'
      },
      signIn == null
        ? {}
        : {
            // The app trusts x-ms-client-principal only if this is set: never without the sign-in below.
            Pages__signIn: 'easy-auth'
            // Otherwise Azure shows its own page at /.
            AzureWebJobsDisableHomepage: 'true'
            MICROSOFT_PROVIDER_AUTHENTICATION_SECRET: '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${signInSecret})'
          },
      toObject(disabledFunctions, name => 'AzureWebJobs.${name}.Disabled', name => 'true')
    )
  }

  resource authentication 'config' = if (signIn != null) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true, runtimeVersion: '~1' }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
      }
      httpSettings: { requireHttps: true }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            openIdIssuer: '${environment().authentication.loginEndpoint}${signIn!.tenantId}/v2.0'
            clientId: signIn!.clientId
            clientSecretSettingName: 'MICROSOFT_PROVIDER_AUTHENTICATION_SECRET'
          }
          validation: {
            allowedAudiences: ['api://${signIn!.clientId}', signIn!.clientId]
            defaultAuthorizationPolicy: { allowedApplications: [signIn!.clientId] }
          }
        }
      }
      login: { tokenStore: { enabled: false } }
    }
    dependsOn: [settings]
  }
}

#disable-next-line use-recent-api-versions // The only version that knows category groups and dedicated tables.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: site
  name: 'to-workspace'
  properties: {
    workspaceId: workspace.id
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Address of the app.')
output url string = 'https://${site.properties.defaultHostName}'
