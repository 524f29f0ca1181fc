// The alerts. They use platform metrics where available, otherwise logs; docs/it.md lists what is planned.
// Each log query unions an empty table, so it is valid in a new workspace where the real table does not exist yet.
import { monitoringType, storageNamesType, tagsType } from '../types.bicep'

@description('Region of the log alerts.')
@minLength(3)
param location string

@description('First part of the name of every alert.')
@minLength(1)
@maxLength(40)
param prefix string

@description('Name of the Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Name of the action group that every alert calls.')
@minLength(1)
@maxLength(260)
param actionGroupName string

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

@description('Names of the storage accounts.')
param storageNames storageNamesType

@description('When stores trade.')
param monitoring monitoringType

@description('Tags of every resource.')
param tags tagsType

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: actionGroupName
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

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.host
}

resource stateAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.state
}

resource rawAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageNames.raw
}

var throttlingResponses = [
  'ClientAccountBandwidthThrottlingError'
  'ClientAccountRequestThrottlingError'
  'ClientThrottlingError'
  'ServerBusyError'
]
var authenticationResponses = ['AuthenticationError', 'AuthorizationError']

var metricRules = [
  {
    name: 'hub-throttled'
    description: 'Event Hubs refuses events: the throughput units are exhausted. Runbook: hub-down.'
    severity: 1
    target: namespace.id
    metric: 'ThrottledRequests'
    metricNamespace: 'Microsoft.EventHub/namespaces'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT5M'
    dimensions: []
  }
  {
    name: 'hub-errors'
    description: 'Event Hubs answers with server errors. Runbook: hub-down.'
    severity: 1
    target: namespace.id
    metric: 'ServerErrors'
    metricNamespace: 'Microsoft.EventHub/namespaces'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT5M'
    dimensions: []
  }
  {
    name: 'host-throttled'
    description: 'The host account is throttled. Runbook: storage-throttled.'
    severity: 2
    target: hostAccount.id
    metric: 'Transactions'
    metricNamespace: 'Microsoft.Storage/storageAccounts'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT5M'
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: throttlingResponses }]
  }
  {
    name: 'state-throttled'
    description: 'The state account is throttled. Runbook: storage-throttled.'
    severity: 2
    target: stateAccount.id
    metric: 'Transactions'
    metricNamespace: 'Microsoft.Storage/storageAccounts'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT5M'
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: throttlingResponses }]
  }
  {
    name: 'raw-throttled'
    description: 'The raw account is throttled, so landing lags. Runbook: storage-throttled.'
    severity: 2
    target: rawAccount.id
    metric: 'Transactions'
    metricNamespace: 'Microsoft.Storage/storageAccounts'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT5M'
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: throttlingResponses }]
  }
  {
    name: 'state-authentication'
    description: 'Requests to the state account are refused: a role is missing or there is an access attempt. Runbook: storage-throttled.'
    severity: 2
    target: stateAccount.id
    metric: 'Transactions'
    metricNamespace: 'Microsoft.Storage/storageAccounts'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT15M'
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: authenticationResponses }]
  }
  {
    name: 'raw-authentication'
    description: 'Requests to the raw account are refused: a role is missing or there is an access attempt. Runbook: storage-throttled.'
    severity: 2
    target: rawAccount.id
    metric: 'Transactions'
    metricNamespace: 'Microsoft.Storage/storageAccounts'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    window: 'PT15M'
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: authenticationResponses }]
  }
  {
    name: 'vault-authentication'
    description: 'The vault refuses requests: a role is missing or there is an access attempt. Without its secrets, webhooks cannot verify signatures.'
    severity: 1
    target: vault.id
    metric: 'ServiceApiResult'
    metricNamespace: 'Microsoft.KeyVault/vaults'
    aggregation: 'Count'
    operator: 'GreaterThan'
    threshold: 5
    window: 'PT15M'
    // Every Azure client's first request gets a 401 challenge, so only 403 counts.
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['403'] }]
  }
  {
    name: 'pages-vault-authentication'
    description: 'The vault refuses requests: a role is missing or there is an access attempt. Without its secret nobody can sign in.'
    severity: 1
    target: pagesVault.id
    metric: 'ServiceApiResult'
    metricNamespace: 'Microsoft.KeyVault/vaults'
    aggregation: 'Count'
    operator: 'GreaterThan'
    threshold: 5
    window: 'PT15M'
    // Every Azure client's first request gets a 401 challenge, so only 403 counts.
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['403'] }]
  }
]

var logRules = [
  {
    name: 'consumer-lag'
    description: 'A consumer group is more than five minutes behind the hub. Runbook: lag.'
    severity: 1
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: 'OperationName'
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, OperationName: string, Message: string)[]), AppTraces
      | where Message startswith "Trigger Details:" and Message has "EnqueueTimeUtc"
      | extend Enqueued = todatetime(extract(@"EnqueueTimeUtc: (\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))", 1, Message))
      | where TimeGenerated - Enqueued > 5m
      | project TimeGenerated, OperationName
    '''
  }
  {
    // Not the metric UserErrors, which also counts every partition that moves between instances.
    name: 'hub-authentication'
    description: 'Event Hubs refuses our own apps: a role is missing. Runbook: hub-down.'
    severity: 1
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, SeverityLevel: int, Message: string, OuterMessage: string)[]), AppTraces, AppExceptions
      | where strcat(Message, OuterMessage) has_any ("amqp:unauthorized-access", "UnauthorizedError", "Unauthorized access")
      | project TimeGenerated
    '''
  }
  {
    name: 'hub-silent'
    description: 'No event arrived for an hour during trading hours: webhooks, senders or the hub are down. Runbook: hub-down.'
    severity: 1
    window: 'PT2H'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    // Hours may wrap around midnight UTC, for chains in other parts of the world. The whole hour must be in trading hours.
    query: replace(
      replace(
        '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, ResourceProvider: string, MetricName: string, Total: real)[]), AzureMetrics
      | where ResourceProvider =~ "MICROSOFT.EVENTHUB" and MetricName == "IncomingMessages" and TimeGenerated > ago(1h)
      | summarize Events = sum(Total)
      | extend Hour = hourofday(now()), Before = hourofday(ago(1h)), Opens = OPENS, Closes = CLOSES
      | extend Trades = iff(Opens <= Closes, Hour >= Opens and Hour < Closes, Hour >= Opens or Hour < Closes)
      | extend Traded = iff(Opens <= Closes, Before >= Opens and Before < Closes, Before >= Opens or Before < Closes)
      | where coalesce(Events, 0.0) == 0.0 and Trades and Traded
      | project TimeGenerated = now()
        ''',
        'OPENS',
        string(monitoring.tradingHoursUtc.from)
      ),
      'CLOSES',
      string(monitoring.tradingHoursUtc.to)
    )
  }
  {
    name: 'hub-unread'
    description: 'Three groups read every event, but over six hours fewer than three events left the hub for each one that arrived. Runbook: lag.'
    severity: 1
    window: 'PT6H'
    frequency: 'PT30M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, ResourceProvider: string, MetricName: string, Total: real)[]), AzureMetrics
      | where ResourceProvider =~ "MICROSOFT.EVENTHUB"
      | summarize In = sumif(Total, MetricName == "IncomingMessages"), Out = sumif(Total, MetricName == "OutgoingMessages")
      | where In > 1000 and Out < 2.7 * In
    '''
  }
  {
    name: 'functions-failing'
    description: 'A function failed more than five times in 15 minutes. Runbook: lag, for plan, compact and reconcile: reconciliation-failed.'
    severity: 2
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 5
    splitBy: 'OperationName'
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, SeverityLevel: int, Message: string)[]), AppTraces
      | where SeverityLevel >= 3 and Message startswith "Executed 'Functions." and Message has "(Failed"
      | project TimeGenerated, OperationName = extract(@"Functions\.(\w+)'", 1, Message)
    '''
  }
  {
    name: 'webhooks-failing'
    description: 'Senders get 5xx responses. They retry, but not indefinitely. Runbook: hub-down.'
    severity: 1
    window: 'PT5M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 5
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, SeverityLevel: int, Message: string)[]), AppTraces
      | where SeverityLevel >= 3 and Message has '"message":"webhook"'
      | project TimeGenerated
    '''
  }
  {
    name: 'log-cap-reached'
    description: 'The daily log cap is reached: until tomorrow there are neither logs nor alerts that rest on them. Runbook: log-cap.'
    severity: 1
    window: 'PT1H'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, Category: string, Detail: string)[]), _LogOperation
      | where Category =~ "Ingestion" and Detail contains "OverQuota"
      | project TimeGenerated
    '''
  }
  {
    name: 'poison-queues'
    description: 'A message failed five times and is in a poison queue. Runbook: dead-letters-rising.'
    severity: 2
    window: 'PT15M'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, OperationName: string, StatusCode: string, Uri: string)[]), StorageQueueLogs
      | where OperationName == "PutMessage" and StatusCode == "201" and tostring(parse_url(Uri).Path) has "-poison"
      | project TimeGenerated
    '''
  }
  {
    name: 'dead-letters'
    description: 'More than twenty dead letters in 15 minutes. Runbook: dead-letters-rising.'
    severity: 2
    window: 'PT15M'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 20
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, OperationName: string, StatusCode: string, Uri: string)[]), StorageBlobLogs
      | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201"
      | extend Path = tostring(parse_url(Uri).Path)
      | where Path startswith "/dead-letters/" and not(Path startswith "/dead-letters/spill/") and not(Path startswith "/dead-letters/replayed/")
      | project TimeGenerated
    '''
  }
  {
    name: 'spilling'
    description: 'Events go to the spill queue because the hub does not take them. Runbook: hub-down.'
    severity: 1
    window: 'PT5M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, OperationName: string, StatusCode: string, Uri: string)[]), StorageQueueLogs
      | where OperationName == "PutMessage" and StatusCode == "201"
      | where tostring(parse_url(Uri).Path) startswith "/spill/"
      | project TimeGenerated
    '''
  }
  {
    name: 'landing-stopped'
    description: 'Events arrived for 30 minutes, but no raw blob was written. Runbook: lag.'
    severity: 1
    window: 'PT30M'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, ResourceProvider: string, MetricName: string, Total: real, OperationName: string, StatusCode: string, Uri: string)[]), AzureMetrics, StorageBlobLogs
      | summarize
          In = sumif(Total, ResourceProvider =~ "MICROSOFT.EVENTHUB" and MetricName == "IncomingMessages"),
          Landed = countif(OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201" and tostring(parse_url(Uri).Path) startswith "/raw/")
      | where In > 100 and Landed == 0
    '''
  }
  {
    name: 'reconciliation-failed'
    description: 'Planning or reconciling a day failed. Runbook: reconciliation-failed.'
    severity: 2
    window: 'PT1H'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    splitBy: 'OperationName'
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, SeverityLevel: int, Message: string)[]), AppTraces
      | where SeverityLevel >= 3 and Message startswith "Executed 'Functions." and Message has "(Failed"
      | project TimeGenerated, OperationName = extract(@"Functions\.(\w+)'", 1, Message)
      | where OperationName in ("plan", "compact", "reconcile")
    '''
  }
  {
    name: 'reconciliation-late'
    description: 'No report was written for a day. Runbook: reconciliation-failed.'
    severity: 2
    window: 'P1D'
    frequency: 'PT1H'
    operator: 'LessThan'
    threshold: 1
    splitBy: ''
    query: '''
      union isfuzzy=true (datatable(TimeGenerated: datetime, OperationName: string, StatusCode: string, Uri: string)[]), StorageBlobLogs
      | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201"
      | where tostring(parse_url(Uri).Path) startswith "/reports/"
      | project TimeGenerated
    '''
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for rule in metricRules: {
    name: '${prefix}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [rule.target]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricName: rule.metric
            metricNamespace: rule.metricNamespace
            timeAggregation: rule.aggregation
            operator: rule.operator
            threshold: rule.threshold
            dimensions: rule.dimensions
            // Some metrics exist only after their first event.
            skipMetricValidation: true
          }
        ]
      }
      actions: [{ actionGroupId: actionGroup.id }]
    }
  }
]

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in logRules: {
    name: '${prefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}-${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspace.id]
      evaluationFrequency: rule.frequency
      windowSize: rule.window
      autoMitigate: true
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: empty(rule.splitBy) ? [] : [{ name: rule.splitBy, operator: 'Include', values: ['*'] }]
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroup.id] }
    }
  }
]
