#!/usr/bin/env bash
# Says what a subscription lacks before anything is deployed: sign-in, providers, region, permissions, quota, names.
# It changes nothing. Exit code 0: ready. 1: something is missing, each with what to do. 2: wrong use.
#
#   bash infra/preflight/preflight.sh --location westeurope [--environment prod] [--subscription ID]
set -uo pipefail

usage() {
  echo "usage: preflight.sh --location REGION [--environment dev|test|prod] [--subscription ID]" >&2
  exit 2
}

location=""
subscription=""
environment="dev"
while [ $# -gt 0 ]; do
  case "$1" in
    --location) location="${2:-}"; shift 2 || usage ;;
    --environment) environment="${2:-}"; shift 2 || usage ;;
    --subscription) subscription="${2:-}"; shift 2 || usage ;;
    *) usage ;;
  esac
done
[ -n "$location" ] || usage

parameters="$(dirname "$0")/../bicep/environments/$environment.bicepparam"
missing=0
ok() { echo "ok       $1"; }
lack() {
  echo "MISSING  $1"
  echo "         $2"
  missing=$((missing + 1))
}
unknown() { echo "unknown  $1"; }

if ! command -v az >/dev/null 2>&1; then
  lack "the Azure CLI (az)" "install it: https://learn.microsoft.com/cli/azure/install-azure-cli"
  exit 1
fi
if ! account=$(az account show --output tsv --query '[id, user.name, user.type]' 2>/dev/null); then
  lack "a sign-in" "az login"
  exit 1
fi
if [ -n "$subscription" ] && ! az account set --subscription "$subscription" 2>/dev/null; then
  lack "subscription $subscription" "check the id, and that this account can see it: az account list --output table"
  exit 1
fi
subscription=$(az account show --query id --output tsv)
user_name=$(az account show --query user.name --output tsv)
user_type=$(az account show --query user.type --output tsv)
ok "signed in as $user_name ($user_type) on subscription $subscription"

# Providers. Microsoft.App is the one that is forgotten: Flex Consumption delegates its subnets to it.
for provider in Microsoft.App Microsoft.Authorization Microsoft.Consumption Microsoft.EventHub Microsoft.Insights \
  Microsoft.KeyVault Microsoft.ManagedIdentity Microsoft.Network Microsoft.OperationalInsights Microsoft.Storage Microsoft.Web; do
  state=$(az provider show --namespace "$provider" --query registrationState --output tsv 2>/dev/null || true)
  if [ "$state" = Registered ]; then
    ok "provider $provider"
  else
    lack "provider $provider (${state:-unknown})" "az provider register --namespace $provider --wait"
  fi
done

# Region.
if regions=$(az functionapp list-flexconsumption-locations --query '[].name' --output tsv 2>/dev/null); then
  if printf '%s\n' "$regions" | grep -qix -- "$location"; then
    ok "region $location offers Flex Consumption"
    # Two zones more than one: not every region that has Flex Consumption has them.
    if grep -Eq 'zoneRedundant: true' "$parameters" 2>/dev/null; then
      zonal=$(az functionapp list-flexconsumption-locations --zone-redundant --query '[].name' --output tsv 2>/dev/null || true)
      if printf '%s\n' "$zonal" | grep -qix -- "$location"; then
        ok "region $location spreads Flex Consumption over zones"
      else
        lack "zone redundancy of Flex Consumption in $location" \
          "set zoneRedundant to false in $parameters, or choose one of: $(printf '%s' "$zonal" | tr '\n' ' ')"
      fi
    fi
  else
    lack "Flex Consumption in $location" "choose one of: $(printf '%s' "$regions" | tr '\n' ' ')"
  fi
else
  unknown "regions of Flex Consumption could not be listed: is the Azure CLI older than 2.60?"
fi

# Permissions: to create resources, and to assign roles.
if [ "$user_type" = user ]; then
  who=$(az ad signed-in-user show --query id --output tsv 2>/dev/null || true)
else
  who="$user_name"
fi
if roles=$(az role assignment list --assignee "$who" --scope "/subscriptions/$subscription" --include-inherited --include-groups \
  --query '[].roleDefinitionName' --output tsv 2>/dev/null); then
  has() { printf '%s\n' "$roles" | grep -qx -- "$1"; }
  if has Owner || has Contributor; then
    ok "may create resources"
  else
    lack "the role Contributor on the subscription" \
      "az role assignment create --role Contributor --assignee \"$who\" --scope /subscriptions/$subscription"
  fi
  if has Owner || has "User Access Administrator" || has "Role Based Access Control Administrator"; then
    ok "may assign roles"
  else
    lack "the right to assign roles" \
      "az role assignment create --role 'Role Based Access Control Administrator' --assignee \"$who\" --scope /subscriptions/$subscription"
  fi
  if [ "$environment" = prod ]; then
    if has Owner || has "User Access Administrator"; then
      ok "may set the lock of production"
    else
      lack "the right to set a lock, which production has" \
        "az role assignment create --role 'User Access Administrator' --assignee \"$who\" --scope /subscriptions/$subscription"
    fi
  fi
else
  unknown "role assignments could not be listed; Contributor and Role Based Access Control Administrator are needed"
fi

# Quota: four storage accounts. Flex Consumption has no quota that can be asked for; its limits are in docs/it.md.
usage_url="/subscriptions/$subscription/providers/Microsoft.Storage/locations/$location/usages?api-version=2024-01-01"
if usage=$(az rest --method get --url "$usage_url" --query "value[?name.value=='StorageAccounts'].[currentValue, limit] | [0]" --output tsv 2>/dev/null) &&
  [ -n "$usage" ]; then
  read -r used limit <<<"$(printf '%s' "$usage" | tr '\n\t' '  ')"
  if [ $((limit - used)) -ge 4 ]; then
    ok "storage accounts: $used of $limit used"
  else
    lack "room for 4 storage accounts ($used of $limit used)" "ask for more under Quotas in the portal, or choose another region"
  fi
else
  unknown "quota of storage accounts could not be read"
fi

# Budget. Azure takes a first month only from this one on, and keeps it for ever: what exists may be older.
first_month="${BUDGET_START_DATE:-$(sed -n "s/.*BUDGET_START_DATE', '\([0-9-]*\)'.*/\1/p" "$parameters" 2>/dev/null)}"
budget_url="/subscriptions/$subscription/resourceGroups/rg-tillstream-$environment/providers/Microsoft.Consumption/budgets/budget-tillstream-$environment?api-version=2024-08-01"
this_month=$(date -u +%Y-%m-01)
if az rest --method get --url "$budget_url" --output none >/dev/null 2>&1; then
  ok "the budget exists"
elif [[ "$first_month" =~ ^[0-9]{4}-[0-9]{2}-01$ && ! "$first_month" < "$this_month" ]]; then
  ok "the budget begins $first_month"
else
  lack "a first month of the budget that Azure takes (it is ${first_month:-not given})" "export BUDGET_START_DATE=$this_month"
fi

# Names that a deleted vault still holds: with purge protection it keeps its name for 90 days.
if deleted=$(az keyvault list-deleted --resource-type vault --query '[].name' --output tsv 2>/dev/null); then
  ours=$(printf '%s\n' "$deleted" | grep -E '^kvp?-(dev|test|prod)-[a-z0-9]{13}$' || true)
  if [ -z "$ours" ]; then
    ok "no deleted vault holds a name"
  else
    for vault in $ours; do
      lack "name $vault is held by a deleted vault" "bring it back before deploying: az keyvault recover --name $vault"
    done
  fi
else
  unknown "deleted vaults could not be listed"
fi

echo
if [ "$missing" -gt 0 ]; then
  echo "$missing missing: see above."
  exit 1
fi
echo "Ready to deploy."
