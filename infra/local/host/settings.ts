/** The app settings of the host: environment variables, as in Azure. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Resolves a binding expression such as `%ReconcileSchedule%`. Throws if a setting is missing, like the host. */
export function resolveExpression(settings: Settings, expression: string): string {
  return expression.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined)
      throw new Error(`'%${name}%' does not resolve to a value: set the app setting ${name}.`);
    return value;
  });
}

/**
 * The connection string of a binding's `connection`. Identity-based connections (`<name>__...`) need Azure, so they
 * are rejected here.
 */
export function connectionString(settings: Settings, name: string): string {
  const value = settings[name] ?? settings[`ConnectionStrings:${name}`] ?? settings[`AzureWebJobs${name}`];
  if (value !== undefined && value !== '') return value;
  const identity = Object.keys(settings).find((key) => key.startsWith(`${name}__`));
  throw new Error(
    identity === undefined
      ? `Connection '${name}' is missing: set the app setting ${name} to a connection string.`
      : `Connection '${name}' is identity-based (${identity}); the local host takes a connection string in ${name}.`,
  );
}

/** `AzureWebJobs.<function>.Disabled`, also spelled with underscores where a shell forbids dots. */
export function isDisabled(settings: Settings, functionName: string): boolean {
  const value =
    settings[`AzureWebJobs.${functionName}.Disabled`] ?? settings[`AzureWebJobs_${functionName}_Disabled`];
  return value !== undefined && ['true', '1'].includes(value.toLowerCase());
}
