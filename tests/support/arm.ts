/**
 * Unfolds a compiled template as Azure would: conditions, loops and nested deployments, with the expressions worked
 * out. What only a running Azure knows (endpoints, object ids) is replaced by recognisable stand-ins.
 */
import { createHash } from 'node:crypto';
import { evaluate, type Json, type JsonObject, type Scope, text } from './arm-expressions.ts';

export interface Resource {
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly id: string;
  /** Id of the resource that an extension resource (role, diagnostic setting, lock) is put on. */
  readonly scope: string | undefined;
  readonly body: JsonObject;
}

interface TemplateResource {
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly existing?: boolean;
  readonly condition?: string | boolean;
  readonly copy?: { readonly name: string; readonly count: Json };
  readonly scope?: string;
  readonly resourceGroup?: string;
  readonly properties?: JsonObject;
}

export interface Template {
  readonly parameters?: Record<string, { readonly defaultValue?: Json; readonly nullable?: boolean }>;
  readonly variables?: JsonObject;
  readonly resources: Record<string, TemplateResource>;
  readonly outputs?: Record<string, { readonly value: Json }>;
}

const SUBSCRIPTION = '/subscriptions/11111111-1111-1111-1111-111111111111';

function resourceIdOf(base: string, type: string, names: readonly string[]): string {
  const [provider = '', ...types] = type.split('/');
  return `${base}/providers/${provider}${types.map((part, index) => `/${part}/${names[index] ?? ''}`).join('')}`;
}

const hash = (value: string): string => createHash('sha256').update(value).digest('hex');

/** What Azure would answer about a resource once it exists. */
function stateOf(type: string, name: string): JsonObject {
  const services = ['blob', 'queue', 'table'];
  const endpoints = services.map((service) => [service, `https://${name}.${service}.core.windows.net/`]);
  switch (type) {
    case 'Microsoft.Storage/storageAccounts':
      return { primaryEndpoints: Object.fromEntries(endpoints) as JsonObject };
    case 'Microsoft.EventHub/namespaces':
      return { serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/` };
    case 'Microsoft.KeyVault/vaults':
      return { vaultUri: `https://${name}.vault.azure.net/` };
    case 'Microsoft.Web/sites':
      return { defaultHostName: `${name}.azurewebsites.net` };
    case 'Microsoft.ManagedIdentity/userAssignedIdentities':
      return { principalId: `principal:${name}`, clientId: `client:${name}` };
    case 'Microsoft.Insights/components':
      return { ConnectionString: `insights:${name}` };
    default:
      return {};
  }
}

class Unfolding {
  readonly resources: Resource[] = [];
  private readonly template: Template;
  private readonly given: Record<string, Json>;
  private readonly base: string;
  private readonly outputs = new Map<string, Unfolding>();

  constructor(template: Template, given: Record<string, Json>, base: string) {
    this.template = template;
    this.given = given;
    this.base = base;
    // Modules whose outputs others read must be unfolded on demand, whatever the order in the file.
    for (const [symbol, resource] of Object.entries(template.resources)) {
      if (!resource.existing) this.unfold(symbol, resource);
    }
  }

  get outputNames(): string[] {
    return Object.keys(this.template.outputs ?? {});
  }

  output(name: string): Json {
    return evaluate(this.template.outputs?.[name]?.value ?? null, this.scope());
  }

  private scope(index?: number): Scope {
    return {
      parameter: (name) => {
        const given = this.given[name];
        if (given !== undefined) return given;
        const declared = this.template.parameters?.[name];
        if (declared?.defaultValue !== undefined) return evaluate(declared.defaultValue, this.scope());
        if (declared?.nullable) return null;
        throw new Error(`Parameter ${name} has no value`);
      },
      variable: (name) => {
        const value = this.template.variables?.[name];
        if (value === undefined) throw new Error(`No variable ${name}`);
        return evaluate(value, this.scope());
      },
      reference: (symbol) => this.reference(symbol),
      resourceId: (type, names) => resourceIdOf(this.base, type, names),
      subscriptionResourceId: (type, names) => resourceIdOf(SUBSCRIPTION, type, names),
      hash,
      index,
      lambdas: {},
    };
  }

  private reference(symbol: string): JsonObject {
    const resource = this.template.resources[symbol];
    if (!resource) throw new Error(`No resource ${symbol}`);
    if (resource.type !== 'Microsoft.Resources/deployments') {
      return stateOf(resource.type, text(evaluate(resource.name, this.scope())));
    }
    const nested = this.outputs.get(symbol) ?? this.nested(symbol, resource, this.scope());
    const values = nested.outputNames.map((name) => [name, { value: nested.output(name) }]);
    return { outputs: Object.fromEntries(values) as JsonObject };
  }

  private nested(symbol: string, resource: TemplateResource, scope: Scope): Unfolding {
    const properties = resource.properties ?? {};
    const given: Record<string, Json> = {};
    for (const [name, argument] of Object.entries((properties['parameters'] ?? {}) as JsonObject)) {
      given[name] = evaluate((argument as JsonObject)['value'] ?? null, scope);
    }
    const group = resource.resourceGroup ? text(evaluate(resource.resourceGroup, scope)) : undefined;
    const base = group === undefined ? this.base : `${SUBSCRIPTION}/resourceGroups/${group}`;
    const nested = new Unfolding(properties['template'] as unknown as Template, given, base);
    this.outputs.set(symbol, nested);
    return nested;
  }

  private unfold(symbol: string, resource: TemplateResource): void {
    const count = resource.copy ? Number(evaluate(resource.copy.count, this.scope())) : undefined;
    for (let index = 0; index < (count ?? 1); index += 1) {
      const scope = this.scope(count === undefined ? undefined : index);
      if (evaluate(resource.condition ?? true, scope) === false) continue;
      if (resource.type === 'Microsoft.Resources/deployments') {
        const nested =
          (count === undefined && this.outputs.get(symbol)) || this.nested(symbol, resource, scope);
        this.resources.push(...nested.resources);
      } else {
        this.resources.push(this.resource(resource, scope));
      }
    }
  }

  private resource(resource: TemplateResource, scope: Scope): Resource {
    const { copy: _copy, condition: _condition, ...rest } = resource;
    const body = evaluate(rest, scope) as JsonObject;
    const name = text(body['name']);
    const on = resource.scope === undefined ? undefined : text(body['scope']);
    return {
      type: resource.type,
      apiVersion: resource.apiVersion,
      name,
      id: resourceIdOf(on ?? this.base, resource.type, name.split('/')),
      scope: on,
      body,
    };
  }
}

export function unfold(
  template: Template,
  parameters: Record<string, Json>,
): { resources: Resource[]; output: (name: string) => Json } {
  const unfolding = new Unfolding(template, parameters, SUBSCRIPTION);
  return { resources: unfolding.resources, output: (name) => unfolding.output(name) };
}
