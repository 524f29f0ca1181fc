/**
 * The compiled templates, unfolded for each environment, against the checklist for deployments: the number at the
 * start of a test is the point's. What the compiler cannot tell is in bicep-sources.test.ts or in docs/adr.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CONSUMER_GROUPS, CONTAINERS, FUNCTIONS, HUB, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { SETTING_NAMES } from '../../shared/settings.ts';
import { type Resource, type Template, unfold } from '../support/arm.ts';
import { type Json, type JsonObject, text } from '../support/arm-expressions.ts';
import { type Bicep, type Diagnostic, findBicep, runBicep } from '../support/bicep.ts';

const FOLDER = join(process.cwd(), 'infra/bicep');
const ENVIRONMENTS = ['dev', 'test', 'prod'] as const;
type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** What whoever deploys has to set. */
const DEPLOYER = {
  SIGN_IN_TENANT_ID: '33333333-3333-3333-3333-333333333333',
  SIGN_IN_CLIENT_ID: '44444444-4444-4444-4444-444444444444',
  ALERT_EMAIL: 'on-call@example.com',
};

const bicep = findBicep();
const describeCompiled = bicep ? describe : describe.skip;

interface Compiled {
  readonly diagnostics: Diagnostic[];
  readonly template: Template;
  readonly parameters: Record<string, Json>;
}

interface Unfolded {
  readonly name: string;
  readonly resources: Resource[];
}

function compile(compiler: Bicep, environment: EnvironmentName): Compiled {
  const file = join(FOLDER, 'environments', `${environment}.bicepparam`);
  const { output, diagnostics } = runBicep(compiler, ['build-params', file, '--stdout'], DEPLOYER);
  if (output === '') throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { parametersJson, templateJson } = JSON.parse(output) as Record<
    'parametersJson' | 'templateJson',
    string
  >;
  const { parameters } = JSON.parse(parametersJson) as { parameters: Record<string, { value: Json }> };
  return {
    diagnostics,
    template: JSON.parse(templateJson) as Template,
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value])),
  };
}

/** The value at a path such as `properties.publicNetworkAccess`; undefined where there is none. */
function at(resource: Resource, path: string): Json | undefined {
  let value: Json | undefined = resource.body;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

const last = (name: string): string => name.split('/').at(-1) ?? '';
const sorted = (texts: Iterable<string>): string[] => [...texts].sort();

describeCompiled('infrastructure', () => {
  let compiled: Map<EnvironmentName, Compiled>;
  /** Every environment as it is, and with the other network mode. */
  let all: Unfolded[];

  const of = (name: string): Resource[] => all.find((one) => one.name === name)?.resources ?? [];
  const typed = (resources: readonly Resource[], type: string): Resource[] =>
    resources.filter((resource) => resource.type === type);
  const everywhere = (type: string): Resource[] => all.flatMap(({ resources }) => typed(resources, type));
  const accounts = (): Resource[] => everywhere('Microsoft.Storage/storageAccounts');
  const settingsOf = (resources: readonly Resource[], app: 'ingest' | 'pages'): Record<string, string> => {
    const found = resources.find(({ name }) => name.startsWith(`${app}-`) && name.endsWith('/appsettings'));
    return found?.body['properties'] as Record<string, string>;
  };

  beforeAll(() => {
    compiled = new Map(ENVIRONMENTS.map((name) => [name, compile(bicep as Bicep, name)]));
    all = [...compiled].flatMap(([name, { template, parameters }]) =>
      (['public', 'private'] as const).map((mode) => ({
        name: `${name} ${mode}`,
        resources: unfold(template, {
          ...parameters,
          network: { ...(parameters['network'] as JsonObject), mode },
        }).resources,
      })),
    );
  });

  test('compiles and lints without a warning', () => {
    const diagnostics = [...compiled.values()].flatMap((one) => one.diagnostics);
    // Whether an API version is recent depends on the day; point 10 in bicep-sources.test.ts asks it for a fixed one.
    const counted = diagnostics.filter(({ code }) => code !== 'use-recent-api-versions');
    expect(counted).toEqual([]);
  });

  test('6: a deployment without sign-in or address to tell stops at once', () => {
    const file = join(FOLDER, 'environments/prod.bicepparam');
    for (const name of Object.keys(DEPLOYER)) {
      const { diagnostics } = runBicep(bicep as Bicep, ['build-params', file, '--stdout'], {
        ...DEPLOYER,
        [name]: undefined,
      });
      expect(diagnostics.map(({ message }) => message).join()).toContain(name);
    }
  });

  test('has the same template in each environment, so only the sizes differ', () => {
    const [first, ...others] = [...compiled.values()].map(({ template }) => JSON.stringify(template));
    for (const other of others) expect(other === first).toBe(true);
  });

  describe('structure', () => {
    test('5: each module is reached in some environment', () => {
      const types = new Set(of('prod private').map(({ type }) => type));
      for (const type of ['Microsoft.Authorization/locks', 'Microsoft.Network/privateEndpoints']) {
        expect(types).toContain(type);
      }
    });

    test('8: no output is a secret and no key is listed', () => {
      const template = JSON.stringify([...compiled.values()][0]?.template);
      expect(template).not.toMatch(/list(Keys|Secrets|ServiceSas|AccountSas)|secure(string|object)/i);
    });

    test('9: no domain suffix of a cloud is written down', () => {
      const template = JSON.stringify([...compiled.values()][0]?.template);
      expect(template).not.toMatch(
        /core\.windows\.net|servicebus\.windows\.net|azurewebsites\.net|vault\.azure\.net/,
      );
    });

    test('13: no name depends on the time or on chance', () => {
      expect(JSON.stringify([...compiled.values()][0]?.template)).not.toMatch(/utcNow\(|newGuid\(/);
    });

    test('14: names that the world shares are unique and within their limits', () => {
      const limits: [type: string, pattern: RegExp][] = [
        ['Microsoft.Storage/storageAccounts', /^[a-z0-9]{16,24}$/],
        ['Microsoft.KeyVault/vaults', /^[a-z][a-z0-9-]{15,23}$/],
        ['Microsoft.EventHub/namespaces', /^[a-z][a-z0-9-]{15,49}$/],
        // The Functions host cuts its id after 32 characters; two apps must not share one.
        ['Microsoft.Web/sites', /^[a-z][a-z0-9-]{15,31}$/],
      ];
      for (const [type, pattern] of limits) {
        const found = everywhere(type);
        expect(found.length).toBeGreaterThan(0);
        for (const { name } of found) expect(name).toMatch(pattern);
      }
      for (const { resources } of all) {
        const ids = resources.map(({ id }) => id);
        expect(ids.length).toBe(new Set(ids).size);
      }
    });

    test('15: everything that can carry tags does', () => {
      const untagged = new Set([
        'Microsoft.Authorization/locks',
        'Microsoft.Authorization/roleAssignments',
        'Microsoft.Consumption/budgets',
        'Microsoft.Insights/diagnosticSettings',
        'Microsoft.Storage/storageAccounts/managementPolicies',
      ]);
      const top = all.flatMap(({ resources }) =>
        resources.filter(({ name, type }) => !name.includes('/') && !untagged.has(type)),
      );
      for (const resource of top) {
        expect({ name: resource.name, tags: at(resource, 'tags') }).toMatchObject({
          tags: { application: 'tillstream' },
        });
      }
    });
  });

  describe('identity', () => {
    const roles: Record<string, string> = {
      '2b629674-e913-4c01-ae53-ef4638d8f975': 'hub sender',
      'a638d3c7-ab3a-418d-83e6-5f17a39d4fde': 'hub receiver',
      'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'blob owner',
      'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'blob contributor',
      '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'queue contributor',
      '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'table contributor',
      '4633458b-17de-408a-b874-0445c86b69e6': 'vault secrets',
      '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': 'blob reader',
      '76199698-9eea-4c19-bc75-cec21354c6b6': 'table reader',
      '3913510d-42f4-4e42-8a64-420c390055eb': 'metrics publisher',
    };
    const assignments = (): Resource[] => everywhere('Microsoft.Authorization/roleAssignments');
    const roleOf = (resource: Resource): string =>
      roles[last(text(at(resource, 'properties.roleDefinitionId')))] ?? 'unknown';
    /** `role target` of one app, with the generated part of names left out. */
    const granted = (app: string): string[] =>
      sorted(
        typed(of('prod private'), 'Microsoft.Authorization/roleAssignments')
          .filter((one) => text(at(one, 'properties.principalId')).endsWith(`-${app}`))
          .map((one) => `${roleOf(one)}: ${last(one.scope ?? '').replace(/[0-9a-f]{13}$/, '')}`),
      );

    test('16: no storage account takes a shared key', () => {
      expect(accounts()).toHaveLength(4 * all.length);
      for (const account of accounts()) expect(at(account, 'properties.allowSharedKeyAccess')).toBe(false);
    });

    test('17: Event Hubs has local auth off and no rules', () => {
      for (const one of everywhere('Microsoft.EventHub/namespaces')) {
        expect(at(one, 'properties.disableLocalAuth')).toBe(true);
      }
      const types = all.flatMap(({ resources }) => resources.map(({ type }) => type));
      expect(types.filter((type) => /authorizationRules/i.test(type))).toEqual([]);
    });

    test('18: Application Insights and its workspace have local auth off', () => {
      for (const one of everywhere('Microsoft.Insights/components')) {
        expect(at(one, 'properties.DisableLocalAuth')).toBe(true);
      }
      for (const one of everywhere('Microsoft.OperationalInsights/workspaces')) {
        expect(at(one, 'properties.features.disableLocalAuth')).toBe(true);
      }
    });

    test('19: only the listed roles are assigned', () => {
      expect(assignments().map(roleOf)).not.toContain('unknown');
    });

    test('20: each assignment says that its principal is a service principal', () => {
      for (const one of assignments()) expect(at(one, 'properties.principalType')).toBe('ServicePrincipal');
    });

    test('21: an assignment is named by its scope, identity and role', () => {
      const modules = JSON.stringify(compiled.get('dev')?.template);
      const names = modules.match(/\[guid\([^"]*roleIds[^"]*\]|\[guid\([^"]*hostRoles[^"]*\]/g) ?? [];
      expect(names.length).toBeGreaterThan(8);
      for (const name of names) {
        expect(name).toContain("resourceId('Microsoft.ManagedIdentity/userAssignedIdentities'");
        expect(name.match(/resourceId\(/g)?.length).toBe(2);
      }
    });

    test('22 and 23: ingest may do what its bindings need, on the hub, queue, table or container itself', () => {
      const queues = Object.values(QUEUES);
      expect(granted('ingest')).toEqual(
        sorted([
          `hub sender: ${HUB}`,
          `hub receiver: ${HUB}`,
          ...queues.flatMap((name) => [`queue contributor: ${name}`, `queue contributor: ${name}-poison`]),
          ...Object.values(TABLES).map((name) => `table contributor: ${name}`),
          ...Object.values(CONTAINERS).map((name) => `blob contributor: ${name}`),
          'blob contributor: ingest-package',
          // The host makes its own containers and tables in an account that holds nothing else.
          'blob owner: sthost',
          'table contributor: sthost',
          'vault secrets: kv-prod-',
          'metrics publisher: appi-tillstream-prod',
        ]),
      );
    });

    test('22 and 23: the pages reach what they show, and nothing else', () => {
      expect(granted('pages')).toEqual(
        sorted([
          ...[TABLES.alerts, TABLES.days, TABLES.exceptions, TABLES.gaps, TABLES.letters, TABLES.tills].map(
            (name) => `table reader: ${name}`,
          ),
          `table contributor: ${TABLES.letterOrders}`,
          `table contributor: ${TABLES.responses}`,
          `table contributor: ${TABLES.workflow}`,
          ...[CONTAINERS.reports, CONTAINERS.deadLetters, CONTAINERS.masterData].map(
            (name) => `blob reader: ${name}`,
          ),
          'blob contributor: pages-package',
          'blob owner: sthost',
          'table contributor: sthost',
          'vault secrets: kvp-prod-',
          'metrics publisher: appi-tillstream-prod',
        ]),
      );
    });

    test('24: neither FTP nor SCM takes a password', () => {
      const policies = everywhere('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      expect(sorted(new Set(policies.map(({ name }) => last(name))))).toEqual(['ftp', 'scm']);
      expect(policies).toHaveLength(2 * 2 * all.length);
      for (const policy of policies) expect(at(policy, 'properties.allow')).toBe(false);
    });
  });

  describe('apps', () => {
    const sites = (): Resource[] => everywhere('Microsoft.Web/sites');

    test('25: both apps are complete Flex Consumption apps', () => {
      for (const plan of everywhere('Microsoft.Web/serverfarms')) {
        expect(at(plan, 'sku')).toEqual({ name: 'FC1', tier: 'FlexConsumption' });
        expect(at(plan, 'properties.reserved')).toBe(true);
      }
      expect(sites()).toHaveLength(2 * all.length);
      for (const site of sites()) {
        expect(at(site, 'kind')).toBe('functionapp,linux');
        const storage = at(site, 'properties.functionAppConfig.deployment.storage') as JsonObject;
        expect(storage['type']).toBe('blobContainer');
        expect(storage['value']).toMatch(/^https:\/\/stpackage[^/]+\/(ingest|pages)-package$/);
        const [identity] = Object.keys(at(site, 'identity.userAssignedIdentities') as JsonObject);
        expect(storage['authentication']).toEqual({
          type: 'UserAssignedIdentity',
          userAssignedIdentityResourceId: identity,
        });
        expect(at(site, 'properties.keyVaultReferenceIdentity')).toBe(identity);
      }
    });

    test('26: the apps run a Node that package.json allows', () => {
      for (const site of sites()) {
        expect(at(site, 'properties.functionAppConfig.runtime')).toEqual({ name: 'node', version: '22' });
      }
    });

    test('27: no setting that Flex Consumption forbids', () => {
      const forbidden =
        /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT.*|WEBSITE_NODE_DEFAULT_VERSION|AzureWebJobsDashboard|SCM_DO_BUILD_DURING_DEPLOYMENT)$/;
      for (const { resources } of all) {
        for (const app of ['ingest', 'pages'] as const) {
          const names = Object.keys(settingsOf(resources, app));
          expect(names.filter((name) => forbidden.test(name))).toEqual([]);
        }
      }
    });

    test('28: each connection of a trigger says that it uses the identity, and which', () => {
      for (const { resources } of all) {
        for (const app of ['ingest', 'pages'] as const) {
          const settings = settingsOf(resources, app);
          for (const prefix of ['AzureWebJobsStorage', 'PosEvents', 'State', 'Raw']) {
            expect(settings[`${prefix}__credential`]).toBe('managedidentity');
            expect(settings[`${prefix}__clientId`]).toMatch(new RegExp(`^client:id-.*-${app}$`));
          }
          // One form of the host connection, not both.
          const host = Object.keys(settings).filter((name) =>
            /^AzureWebJobsStorage__.*(Uri|accountName)$/.test(name),
          );
          expect(host).toEqual(['AzureWebJobsStorage__accountName']);
        }
      }
    });

    test('29: hub, groups, queues, tables and containers are those of the code, both ways', () => {
      for (const { resources } of all) {
        const names = (type: string): string[] =>
          sorted(typed(resources, type).map(({ name }) => last(name)));
        expect(names('Microsoft.EventHub/namespaces/eventhubs')).toEqual([HUB]);
        expect(names('Microsoft.EventHub/namespaces/eventhubs/consumergroups')).toEqual(
          sorted(Object.values(CONSUMER_GROUPS)),
        );
        expect(names('Microsoft.Storage/storageAccounts/tableServices/tables')).toEqual(
          sorted(Object.values(TABLES)),
        );
        expect(names('Microsoft.Storage/storageAccounts/queueServices/queues')).toEqual(
          sorted(Object.values(QUEUES).flatMap((name) => [name, `${name}-poison`])),
        );
        expect(names('Microsoft.Storage/storageAccounts/blobServices/containers')).toEqual(
          sorted([...Object.values(CONTAINERS), 'ingest-package', 'pages-package']),
        );
      }
    });

    test('29: every setting that the code reads is set, and no other in its name', () => {
      // Connection strings and the secrets file are for a developer's machine only.
      const local = new Set(['PosEvents', 'State', 'Raw', 'Secrets__file']);
      const ofBoth = SETTING_NAMES.filter((name) => !local.has(name) && name !== 'Pages__signIn');
      for (const { resources } of all) {
        for (const app of ['ingest', 'pages'] as const) {
          const expected = app === 'pages' ? [...ofBoth, 'Pages__signIn'] : ofBoth;
          const own = new Set(SETTING_NAMES.map((name) => name.split('__')[0] ?? ''));
          const names = Object.keys(settingsOf(resources, app));
          expect(names).toEqual(expect.arrayContaining(expected));
          // The host reads __credential; the code does not have to.
          const extra = names.filter(
            (name) =>
              own.has(name.split('__')[0] ?? '') &&
              !expected.includes(name) &&
              !name.endsWith('__credential'),
          );
          expect(extra).toEqual([]);
          for (const name of local) expect(names).not.toContain(name);
        }
      }
    });

    test('29: only the pages app trusts a sign-in', () => {
      for (const { resources } of all) {
        expect(settingsOf(resources, 'ingest')).not.toHaveProperty('Pages__signIn');
        expect(settingsOf(resources, 'pages')).toMatchObject({ Pages__signIn: 'easy-auth' });
      }
    });

    test('29: each function runs in one app and no other', () => {
      const functions: string[] = Object.values(FUNCTIONS).flat();
      for (const { resources } of all) {
        const disabled = (app: 'ingest' | 'pages'): string[] =>
          Object.entries(settingsOf(resources, app)).flatMap(([name, value]) => {
            const found = /^AzureWebJobs\.(.+)\.Disabled$/.exec(name)?.[1];
            return found !== undefined && value === 'true' ? [found] : [];
          });
        const runs = (app: 'ingest' | 'pages'): string[] => {
          const off = new Set(disabled(app));
          return functions.filter((name) => !off.has(name));
        };
        expect(sorted(runs('pages'))).toEqual(['finance', 'home', 'operations']);
        expect(sorted([...runs('ingest'), ...runs('pages')])).toEqual(sorted(functions));
        for (const name of [...disabled('ingest'), ...disabled('pages')]) {
          expect(functions).toContain(name);
          // Azure cannot disable a function whose name has a hyphen on Linux.
          expect(name).not.toContain('-');
        }
      }
    });

    test('30: HTTPS and TLS 1.2 only', () => {
      for (const site of sites()) {
        expect(at(site, 'properties.httpsOnly')).toBe(true);
        expect(at(site, 'properties.siteConfig.minTlsVersion')).toBe('1.2');
        expect(at(site, 'properties.siteConfig.scmMinTlsVersion')).toBe('1.2');
        expect(at(site, 'properties.siteConfig.ftpsState')).toBe('Disabled');
      }
      for (const account of accounts()) {
        expect(at(account, 'properties.minimumTlsVersion')).toBe('TLS1_2');
        expect(at(account, 'properties.supportsHttpsTrafficOnly')).toBe(true);
      }
      for (const one of everywhere('Microsoft.EventHub/namespaces')) {
        expect(at(one, 'properties.minimumTlsVersion')).toBe('1.2');
      }
    });

    test('31: the pages need a sign-in, and webhooks do not pass through it', () => {
      const sign = everywhere('Microsoft.Web/sites/config').filter(({ name }) =>
        name.endsWith('/authsettingsV2'),
      );
      expect(sign).toHaveLength(all.length);
      for (const one of sign) {
        expect(one.name).toMatch(/^pages-/);
        expect(at(one, 'properties.platform.enabled')).toBe(true);
        expect(at(one, 'properties.globalValidation.requireAuthentication')).toBe(true);
        expect(at(one, 'properties.globalValidation.excludedPaths')).toBeUndefined();
        const issuer = at(one, 'properties.identityProviders.azureActiveDirectory.registration.openIdIssuer');
        expect(issuer).toMatch(/^https:\/\/[^/]+\/[0-9a-f-]{36}\/v2\.0$/);
      }
    });

    test('32: a secret in a setting is a Key Vault reference', () => {
      for (const { resources } of all) {
        for (const app of ['ingest', 'pages'] as const) {
          for (const [name, value] of Object.entries(settingsOf(resources, app))) {
            if (/secret|password|token|key$/i.test(name))
              expect(value).toMatch(/^@Microsoft\.KeyVault\(SecretUri=https:/);
            expect(value).not.toMatch(/AccountKey=|SharedAccessKey=|[?&]sig=/);
          }
        }
        const reference = settingsOf(resources, 'pages')['MICROSOFT_PROVIDER_AUTHENTICATION_SECRET'];
        expect(reference).toMatch(/\/secrets\/pages-sign-in\)$/);
      }
    });

    test('33: an app may have as many instances as the hub has partitions', () => {
      for (const { resources } of all) {
        const [hub] = typed(resources, 'Microsoft.EventHub/namespaces/eventhubs');
        const partitions = Number(at(hub as Resource, 'properties.partitionCount'));
        const ingest = typed(resources, 'Microsoft.Web/sites').find(({ name }) => name.startsWith('ingest-'));
        const scale = at(
          ingest as Resource,
          'properties.functionAppConfig.scaleAndConcurrency',
        ) as JsonObject;
        expect(Number(scale['maximumInstanceCount'])).toBeGreaterThanOrEqual(partitions);
      }
    });
  });

  describe('data', () => {
    test('34: partitions and retention are explicit, and production keeps a week', () => {
      for (const hub of everywhere('Microsoft.EventHub/namespaces/eventhubs')) {
        expect(Number(at(hub, 'properties.partitionCount'))).toBeGreaterThanOrEqual(4);
        expect(
          Number(at(hub, 'properties.retentionDescription.retentionTimeInHours')),
        ).toBeGreaterThanOrEqual(24);
        expect(at(hub, 'properties.retentionDescription.cleanupPolicy')).toBe('Delete');
      }
      const [production] = typed(of('prod private'), 'Microsoft.EventHub/namespaces/eventhubs');
      expect(at(production as Resource, 'properties.retentionDescription.retentionTimeInHours')).toBe(168);
    });

    test('35: the hub inflates by itself, up to a cap', () => {
      for (const one of everywhere('Microsoft.EventHub/namespaces')) {
        expect(at(one, 'properties.isAutoInflateEnabled')).toBe(true);
        const cap = Number(at(one, 'properties.maximumThroughputUnits'));
        expect(cap).toBeGreaterThan(Number(at(one, 'sku.capacity')));
        expect(cap).toBeLessThanOrEqual(40);
      }
    });

    test('36: production spans zones', () => {
      const production = of('prod private');
      for (const account of typed(production, 'Microsoft.Storage/storageAccounts')) {
        expect(at(account, 'sku.name')).toMatch(/ZRS/);
      }
      for (const one of typed(production, 'Microsoft.EventHub/namespaces')) {
        expect(at(one, 'properties.zoneRedundant')).toBe(true);
      }
      const plans = typed(production, 'Microsoft.Web/serverfarms').filter(({ name }) =>
        name.endsWith('-ingest'),
      );
      expect(plans.map((plan) => at(plan, 'properties.zoneRedundant'))).toEqual([true]);
    });

    test('37: deleted data can be brought back, and data that nothing makes again has versions', () => {
      for (const one of everywhere('Microsoft.Storage/storageAccounts/blobServices')) {
        expect(at(one, 'properties.deleteRetentionPolicy.enabled')).toBe(true);
        expect(at(one, 'properties.containerDeleteRetentionPolicy.enabled')).toBe(true);
        expect(at(one, 'properties.isVersioningEnabled')).toBe(/^st(state|raw)/.test(one.name));
      }
    });

    test('38: the raw landing is immutable, and not yet locked outside production', () => {
      for (const { name, resources } of all) {
        const [raw] = accountsNamed(resources, 'straw');
        const policy = at(raw as Resource, 'properties.immutableStorageWithVersioning') as JsonObject;
        expect(policy['enabled']).toBe(true);
        const { state, immutabilityPeriodSinceCreationInDays: days } = policy[
          'immutabilityPolicy'
        ] as JsonObject;
        expect(Number(days)).toBeGreaterThanOrEqual(1);
        expect(name.startsWith('prod') ? ['Locked', 'Unlocked'] : ['Unlocked']).toContain(state);
      }
    });

    test('39: the lifecycle never deletes before immutability ends, even where a parameter says so', () => {
      const { template, parameters } = compiled.get('prod') as Compiled;
      const hasty = {
        ...parameters,
        storage: { ...(parameters['storage'] as JsonObject), rawImmutableDays: 400, rawDeleteAfterDays: 10 },
      };
      const cases = [...all.map(({ resources }) => resources), unfold(template, hasty).resources];
      for (const resources of cases) {
        const [raw] = accountsNamed(resources, 'straw');
        const days = Number(
          at(
            raw as Resource,
            'properties.immutableStorageWithVersioning.immutabilityPolicy.immutabilityPeriodSinceCreationInDays',
          ),
        );
        const policy = typed(resources, 'Microsoft.Storage/storageAccounts/managementPolicies').find(
          ({ name }) => name.startsWith('straw'),
        );
        const [rule] = at(policy as Resource, 'properties.policy.rules') as {
          definition: { actions: JsonObject };
        }[];
        const actions = rule?.definition.actions as Record<string, Record<string, JsonObject>> | undefined;
        expect(
          Number(actions?.['baseBlob']?.['delete']?.['daysAfterModificationGreaterThan']),
        ).toBeGreaterThan(days);
        expect(Number(actions?.['version']?.['delete']?.['daysAfterCreationGreaterThan'])).toBeGreaterThan(
          days,
        );
      }
    });

    test('40: packages, host, state and raw data have an account each', () => {
      for (const { resources } of all) {
        const names = typed(resources, 'Microsoft.Storage/storageAccounts').map(({ name }) =>
          name.replace(/[0-9a-f]{13}$/, ''),
        );
        expect(sorted(names)).toEqual(['sthost', 'stpackage', 'straw', 'ststate']);
        expect(accountsNamed(resources, 'sthost')).toHaveLength(1);
      }
    });

    test('41: the vault works by roles and cannot be purged', () => {
      for (const vault of everywhere('Microsoft.KeyVault/vaults')) {
        expect(at(vault, 'properties.enableRbacAuthorization')).toBe(true);
        expect(at(vault, 'properties.enablePurgeProtection')).toBe(true);
        expect(at(vault, 'properties.accessPolicies')).toBeUndefined();
      }
    });

    test('42: no blob is public', () => {
      for (const account of accounts()) expect(at(account, 'properties.allowBlobPublicAccess')).toBe(false);
      for (const one of everywhere('Microsoft.Storage/storageAccounts/blobServices/containers')) {
        expect(at(one, 'properties.publicAccess')).toBe('None');
      }
    });
  });

  describe('network', () => {
    const closable = [
      'Microsoft.EventHub/namespaces',
      'Microsoft.KeyVault/vaults',
      'Microsoft.Storage/storageAccounts',
    ];

    test.each(ENVIRONMENTS)('43: %s in public mode is open and has no network', (environment) => {
      const resources = of(`${environment} public`);
      for (const type of closable) {
        for (const one of typed(resources, type))
          expect(at(one, 'properties.publicNetworkAccess')).toBe('Enabled');
      }
      expect(resources.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
      for (const site of typed(resources, 'Microsoft.Web/sites')) {
        expect(at(site, 'properties.virtualNetworkSubnetId')).toBeNull();
      }
    });

    test.each(ENVIRONMENTS)(
      '43: %s in private mode has endpoint, zone, link and zone group for all it closes',
      (environment) => {
        const resources = of(`${environment} private`);
        const endpoints = typed(resources, 'Microsoft.Network/privateEndpoints');
        const zones = typed(resources, 'Microsoft.Network/privateDnsZones');
        const links = typed(resources, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks');
        const groups = typed(resources, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups');
        expect(sorted(links.map(({ name }) => name.split('/')[0] ?? ''))).toEqual(
          sorted(zones.map(({ name }) => name)),
        );
        for (const type of closable) {
          for (const one of typed(resources, type)) {
            expect(at(one, 'properties.publicNetworkAccess')).toBe('Disabled');
            expect(JSON.stringify(endpoints.map(({ body }) => body))).toContain(`"${one.id}"`);
          }
        }
        const zoneIds = new Set(zones.map(({ id }) => id));
        for (const endpoint of endpoints) {
          const group = groups.find(({ name }) => name === `${endpoint.name}/default`);
          const [config] = at(group as Resource, 'properties.privateDnsZoneConfigs') as {
            properties: { privateDnsZoneId: string };
          }[];
          expect(zoneIds).toContain(config?.properties.privateDnsZoneId);
        }
      },
    );

    test('44: blob, queue and table have endpoints where they are used', () => {
      const endpoints = typed(of('prod private'), 'Microsoft.Network/privateEndpoints').map((one) => {
        const [connection] = at(one, 'properties.privateLinkServiceConnections') as {
          properties: { privateLinkServiceId: string; groupIds: string[] };
        }[];
        const { privateLinkServiceId: id = '', groupIds = [] } = connection?.properties ?? {};
        return `${last(id).replace(/[0-9a-f]{13}$/, '')} ${groupIds.join()}`;
      });
      expect(sorted(endpoints)).toEqual([
        'evhns-tillstream-prod- namespace',
        'kv-prod- vault',
        'kvp-prod- vault',
        'sthost blob',
        'sthost queue',
        'sthost table',
        'stpackage blob',
        'straw blob',
        'ststate blob',
        'ststate queue',
        'ststate table',
      ]);
    });

    test('44: the subnets of the apps are delegated to Flex Consumption, and the apps are in them', () => {
      const resources = of('prod private');
      const [network] = typed(resources, 'Microsoft.Network/virtualNetworks');
      const subnets = at(network as Resource, 'properties.subnets') as {
        name: string;
        properties: { addressPrefix: string; delegations?: { properties: { serviceName: string } }[] };
      }[];
      const delegated = subnets.filter(
        ({ properties }) =>
          properties.delegations?.[0]?.properties.serviceName === 'Microsoft.App/environments',
      );
      expect(delegated.map(({ name }) => name)).toEqual(['ingest', 'pages']);
      expect(new Set(subnets.map(({ properties }) => properties.addressPrefix)).size).toBe(3);
      for (const site of typed(resources, 'Microsoft.Web/sites')) {
        const app = site.name.split('-')[0] ?? '';
        expect(at(site, 'properties.virtualNetworkSubnetId')).toBe(
          `${(network as Resource).id}/subnets/${app}`,
        );
      }
    });
  });

  describe('operations', () => {
    test('45: vault, hub and every storage service send their diagnostics to the workspace', () => {
      for (const { resources } of all) {
        const watched = new Set(
          typed(resources, 'Microsoft.Insights/diagnosticSettings').map(({ scope }) => scope),
        );
        const types = [
          'Microsoft.KeyVault/vaults',
          'Microsoft.EventHub/namespaces',
          'Microsoft.Storage/storageAccounts/blobServices',
          'Microsoft.Storage/storageAccounts/queueServices',
          'Microsoft.Storage/storageAccounts/tableServices',
        ];
        for (const type of types) {
          for (const one of typed(resources, type)) expect(watched).toContain(one.id);
        }
      }
      for (const one of everywhere('Microsoft.Insights/diagnosticSettings')) {
        // A name that changed would be a second setting to the same workspace, which Azure refuses.
        expect(one.name).toBe('to-workspace');
        expect(at(one, 'properties.workspaceId')).toMatch(/\/workspaces\/log-tillstream-/);
      }
    });

    test('46: alerts watch throttling, lag, failures, poison, authentication and silence', () => {
      for (const { resources } of all) {
        const alerts = resources.filter(({ type }) => /metricAlerts|scheduledQueryRules/.test(type));
        const names = alerts.map(({ name }) => name.replace(/^tillstream-[a-z]+-/, ''));
        expect(names).toEqual(
          expect.arrayContaining([
            'hub-throttled',
            'host-throttled',
            'state-throttled',
            'raw-throttled',
            'consumer-lag',
            'functions-failing',
            'webhooks-failing',
            'log-cap-reached',
            'dead-letters',
            'poison-queues',
            'spilling',
            'hub-authentication',
            'state-authentication',
            'vault-authentication',
            'hub-silent',
            'landing-stopped',
            'reconciliation-failed',
            'reconciliation-late',
          ]),
        );
      }
    });

    test('46: the lag of a batch is that of its oldest event, on lines as the host writes them', () => {
      const [query] = typed(of('prod private'), 'Microsoft.Insights/scheduledQueryRules')
        .filter(({ name }) => name.endsWith('consumer-lag'))
        .map((one) => (at(one, 'properties.criteria.allOf') as [{ query: string }])[0].query);
      const workbook = everywhere('Microsoft.Insights/workbooks')[0] as Resource;
      const runbook = readFileSync(join(process.cwd(), 'docs/runbooks/lag.md'), 'utf8');
      const serialized = JSON.stringify(JSON.parse(text(at(workbook, 'properties.serializedData'))));
      for (const words of [query ?? '', serialized.replaceAll('\\\\', '\\'), runbook]) {
        const pattern = new RegExp(
          /extract\(@["'](EnqueueTimeUtc[^"']+)["'], 1, Message\)/.exec(words)?.[1] ?? '',
        );
        for (const [line, first] of [
          [
            'Trigger Details: PartionId: 0, Offset: 672-912, EnqueueTimeUtc: 2023-12-20T07:06:32.4490000+00:00-2023-12-20T07:10:00.7950000+00:00, SequenceNumber: 3-4, Count: 2',
            '2023-12-20T07:06:32.4490000+00:00',
          ],
          [
            'Trigger Details: PartitionId: 0, Offset: 1011240-1011632, EnqueueTimeUtc: 2021-05-04T19:04:04.2030000Z-2021-05-04T19:04:04.3900000Z, SequenceNumber: 2546-2547, Count: 2',
            '2021-05-04T19:04:04.2030000Z',
          ],
        ] as const) {
          expect(pattern.exec(line)?.[1]).toBe(first);
          expect(Number.isNaN(Date.parse(first))).toBe(false);
        }
      }
    });

    test('46: silence is an alarm in trading hours only', () => {
      const silent = everywhere('Microsoft.Insights/scheduledQueryRules').filter(({ name }) =>
        name.endsWith('hub-silent'),
      );
      expect(silent).toHaveLength(all.length);
      for (const one of silent) {
        const [{ query }] = at(one, 'properties.criteria.allOf') as [{ query: string }];
        expect(query).toContain('Opens = 7, Closes = 18');
      }
    });

    test('47: each alert calls the action group; log alerts skip validation and stand a missing table', () => {
      for (const { resources } of all) {
        const [group] = typed(resources, 'Microsoft.Insights/actionGroups');
        expect((at(group as Resource, 'properties.emailReceivers') as Json[]).length).toBeGreaterThan(0);
        for (const one of typed(resources, 'Microsoft.Insights/metricAlerts')) {
          expect(at(one, 'properties.actions')).toEqual([{ actionGroupId: group?.id }]);
        }
        for (const one of typed(resources, 'Microsoft.Insights/scheduledQueryRules')) {
          expect(at(one, 'properties.actions.actionGroups')).toEqual([group?.id]);
          expect(at(one, 'properties.skipQueryValidation')).toBe(true);
          const [{ query }] = at(one, 'properties.criteria.allOf') as [{ query: string }];
          expect(query.trim()).toMatch(
            /^union isfuzzy=true \(datatable\(TimeGenerated: datetime.*\)\[\]\), \w+/,
          );
        }
      }
    });

    test('48: each environment has a budget, and production a lock', () => {
      for (const { name, resources } of all) {
        expect(typed(resources, 'Microsoft.Consumption/budgets')).toHaveLength(1);
        const locks = typed(resources, 'Microsoft.Authorization/locks');
        expect(locks.map((lock) => at(lock, 'properties.level'))).toEqual(
          name.startsWith('prod') ? ['CanNotDelete'] : [],
        );
      }
    });

    test('50: the workbook is valid, and its queries stand a missing table', () => {
      for (const one of everywhere('Microsoft.Insights/workbooks')) {
        const { items } = JSON.parse(text(at(one, 'properties.serializedData'))) as {
          items: { type: number; content: { query?: string } }[];
        };
        const queries = items.filter(({ type }) => type === 3);
        expect(queries.length).toBeGreaterThan(5);
        for (const { content } of queries) expect(content.query).toMatch(/^union isfuzzy=true /);
        expect(text(at(one, 'properties.serializedData'))).not.toContain('{{');
      }
    });
  });

  function accountsNamed(resources: readonly Resource[], prefix: string): Resource[] {
    return typed(resources, 'Microsoft.Storage/storageAccounts').filter(({ name }) =>
      name.startsWith(prefix),
    );
  }
});
