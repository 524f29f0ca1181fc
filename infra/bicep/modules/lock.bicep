// Protects production from accidental deletion: remove the lock first.
resource doNotDelete 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'do-not-delete'
  properties: {
    level: 'CanNotDelete'
    notes: 'Tillstream production. docs/it.md says how to remove it.'
  }
}
