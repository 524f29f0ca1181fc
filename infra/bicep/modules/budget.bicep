// Sends notifications before a month exceeds the budget.
import { budgetType, monitoringType } from '../types.bicep'

@description('Name of the budget.')
@minLength(1)
@maxLength(63)
param budgetName string

@description('Amount and start.')
param budget budgetType

@description('E-mail recipients.')
param monitoring monitoringType

resource monthly 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: budgetName
  properties: {
    category: 'Cost'
    amount: budget.amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: budget.startDate }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: monitoring.alertEmails
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: monitoring.alertEmails
      }
    }
  }
}
