/**
 * What the sources of the deployment say about themselves, with no compiler needed: names, descriptions, rules,
 * environments, pipeline. The number at the start of a test is the checklist point's; see docs/adr/0020.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  CONSUMER_GROUPS,
  CONTAINERS,
  FUNCTIONS,
  HUB,
  QUEUES,
  ROLES,
  TABLES,
} from '../../shared/azure/names.ts';

const ROOT = process.cwd();
const FOLDER = join(ROOT, 'infra/bicep');
const read = (...parts: string[]): string => readFileSync(join(ROOT, ...parts), 'utf8');
const sorted = (texts: Iterable<string>): string[] => [...texts].sort();

const files = (readdirSync(FOLDER, { recursive: true }) as string[]).map((name) =>
  name.replaceAll('\\', '/'),
);
const sources = files
  .filter((name) => name.endsWith('.bicep'))
  .map((name) => ({ name, text: read('infra/bicep', name) }));
const environments = files
  .filter((name) => name.endsWith('.bicepparam'))
  .map((name) => ({ name, text: read('infra/bicep', name) }));

/** The texts of `var <name> = '...'` or `var <name> = [...]` in names.bicep. */
function named(name: string): string[] {
  const text = read('infra/bicep/names.bicep');
  const found = new RegExp(`^var ${name} = (\\[[^\\]]*\\]|'[^']*')`, 'm').exec(text)?.[1] ?? '';
  return [...found.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? '');
}

describe('structure', () => {
  test('1: the rules that are off by default are on', () => {
    const { analyzers } = JSON.parse(read('infra/bicep/bicepconfig.json')) as {
      analyzers: { core: { rules: Record<string, { level: string }> } };
    };
    for (const rule of [
      'use-recent-api-versions',
      'no-hardcoded-location',
      'no-loc-expr-outside-params',
      'explicit-values-for-loc-params',
      'use-resource-id-functions',
      'use-user-defined-types',
      'what-if-short-circuiting',
    ]) {
      expect(analyzers.core.rules[rule]?.level).toMatch(/^(warning|error)$/);
    }
    // The one rule that is off somewhere has no newer version to offer, and says so.
    for (const { text } of sources) {
      const disabled = [...text.matchAll(/#disable\S* (.*)/g)].map(([, what]) => what);
      for (const what of disabled) expect(what).toMatch(/^use-recent-api-versions \/\/ .{20,}/);
    }
  });

  const parameters = sources.flatMap(({ name, text }) =>
    [...text.matchAll(/((?:^@.*\n)*)^param (\w+) (.+)$/gm)].map(
      ([, decorators = '', parameter = '', type = '']) => ({
        where: `${name}: ${parameter}`,
        decorators,
        type,
      }),
    ),
  );

  test('2 and 3: each parameter has a type that says something, and a description', () => {
    expect(parameters.length).toBeGreaterThan(80);
    for (const { where, decorators, type } of parameters) {
      expect({ where, type }).not.toEqual({
        where,
        type: expect.stringMatching(/^(object|array)\b/) as unknown,
      });
      expect({ where, decorators }).toEqual({
        where,
        decorators: expect.stringContaining('@description(') as unknown,
      });
    }
  });

  test('4: each text and number has limits, or a set of allowed values', () => {
    for (const { where, decorators, type } of parameters) {
      if (/^string\??$/.test(type))
        expect({ where, decorators }).toEqual({
          where,
          decorators: expect.stringContaining('@minLength') as unknown,
        });
      if (/^int\b/.test(type))
        expect({ where, decorators }).toEqual({
          where,
          decorators: expect.stringContaining('@minValue') as unknown,
        });
    }
    const numbers = [...read('infra/bicep/types.bicep').matchAll(/((?:^ {2}@.*\n)*)^ {2}(\w+): int$/gm)];
    expect(numbers.length).toBeGreaterThan(8);
    for (const [, decorators] of numbers) expect(decorators).toMatch(/@minValue[\s\S]*@maxValue/);
  });

  test('5 and 11: each module is used, from this folder, and nothing comes from a registry', () => {
    const all = sources.map(({ text }) => text).join('\n');
    for (const name of files.filter((file) => file.startsWith('modules/'))) {
      const base = name.replace('modules/', '');
      expect(all).toMatch(new RegExp(`module \\w+ '(modules/)?${base}'`));
    }
    expect(all).not.toMatch(/'(br|ts)[:/]/);
  });

  test('6: there is a parameter file for each environment, without secrets', () => {
    expect(sorted(environments.map(({ name }) => name))).toEqual([
      'environments/dev.bicepparam',
      'environments/prod.bicepparam',
      'environments/test.bicepparam',
    ]);
    for (const { text } of environments) {
      expect(text).toMatch(/^using '\.\.\/main\.bicep'$/m);
      expect(text).not.toMatch(/AccountKey|SharedAccess|password|whsec_|-----BEGIN/i);
    }
  });

  test('7: a secure parameter has no default', () => {
    for (const { decorators, type } of parameters) {
      if (decorators.includes('@secure')) expect(type).not.toContain('=');
    }
  });

  test('10: API versions are under two years old on the day they were chosen, or the newest there is', () => {
    const chosen = Date.parse('2026-11-21');
    // Resource types of which the provider has published nothing newer.
    const newest = new Set([
      'Microsoft.Authorization/locks@2020-05-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Insights/actionGroups@2023-01-01',
      'Microsoft.Insights/components@2020-02-02',
      'Microsoft.Insights/diagnosticSettings@2021-05-01-preview',
      'Microsoft.Insights/workbooks@2023-06-01',
      'Microsoft.Network/privateDnsZones@2024-06-01',
      'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01',
    ]);
    const used = new Set(
      sources.flatMap(({ text }) =>
        [...text.matchAll(/'(Microsoft\.[\w./]+@[\w-]+)'/g)].map(([, type = '']) => type),
      ),
    );
    expect(used.size).toBeGreaterThan(20);
    for (const type of used) {
      const ageDays = (chosen - Date.parse(type.split('@')[1]?.slice(0, 10) ?? '')) / 86_400_000;
      if (!newest.has(type)) expect({ type, isRecent: ageDays < 730 }).toEqual({ type, isRecent: true });
    }
  });

  test('12: a child names its parent and does not build its path', () => {
    for (const { name, text } of sources) {
      const created = [...text.matchAll(/^\s*resource \w+ '[^']+' (existing )?=[^{]*\{([\s\S]*?)\n\s*\}/gm)];
      for (const [, existing, body] of created) {
        if (!existing)
          expect({ name, body }).not.toEqual({
            name,
            body: expect.stringMatching(/^\s*name: '[^']*\//m) as unknown,
          });
      }
    }
  });
});

describe('names', () => {
  test('29: names.bicep and names.ts agree, both ways', () => {
    expect(named('hub')).toEqual([HUB]);
    expect(sorted(named('consumerGroups'))).toEqual(sorted(Object.values(CONSUMER_GROUPS)));
    expect(sorted(named('queues'))).toEqual(sorted(Object.values(QUEUES)));
    expect(sorted(named('tables'))).toEqual(sorted(Object.values(TABLES)));
    expect(sorted([...named('rawContainer'), ...named('stateContainers')])).toEqual(
      sorted(Object.values(CONTAINERS)),
    );
    const functions = new Set([...named('ingestFunctions'), ...named('pagesFunctions')]);
    expect(sorted(functions)).toEqual(sorted(Object.values(FUNCTIONS).flat()));
  });

  test('29: a function can be disabled on Linux: its name has no hyphen', () => {
    for (const name of Object.values(FUNCTIONS).flat()) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9]*$/);
  });

  test('26: the runtime is one that package.json allows', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, least = ''] = /^>=(\d+)/.exec(engines.node) ?? [];
    const [, runs = ''] =
      /name: 'node', version: '(\d+)'/.exec(read('infra/bicep/modules/function-app.bicep')) ?? [];
    expect(Number(runs)).toBeGreaterThanOrEqual(Number(least));
  });
});

describe('pipeline', () => {
  const deploy = (): string => read('.github/workflows/deploy.yml');

  test('49: it signs in by OIDC, and holds no secret', () => {
    expect(deploy()).toMatch(/id-token: write/);
    expect(deploy()).toMatch(/azure\/login@/);
    for (const name of ['ci.yml', 'deploy.yml']) {
      expect(read('.github/workflows', name)).not.toMatch(
        /\$\{\{\s*secrets\.|creds:|publish-profile|AZURE_CLIENT_SECRET/,
      );
    }
  });

  test('49: it lints, tests, builds, shows what would change, waits for approval, deploys and looks', () => {
    const text = deploy().slice(deploy().indexOf('\njobs:'));
    const steps = [
      'npm test',
      'npm run package',
      'sub what-if',
      'environment: ${{ inputs.environment }}\n',
      'az stack sub create',
      'config-zip',
      'smoke.ts',
    ];
    const places = steps.map((step) => text.indexOf(step));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(read('.github/workflows/ci.yml')).toContain('npm test');
  });

  test('azure.yaml deploys the same package to both apps', () => {
    const text = read('azure.yaml');
    for (const service of ['ingest', 'pages']) expect(text).toMatch(new RegExp(`^ {2}${service}:$`, 'm'));
    expect(text.match(/dist: dist\/package/g)).toHaveLength(2);
    expect(text).toContain('module: dev');
  });
});

describe('documents', () => {
  const alerts = [
    ...read('infra/bicep/modules/alerts.bicep').matchAll(
      /^ {4}name: '([a-z-]+)'\n {4}description: '([^']+)'/gm,
    ),
  ].map(([, name = '', description = '']) => ({ name, description }));

  test('46: every alert is in docs/it.md and names a runbook that exists', () => {
    expect(alerts).toHaveLength(22);
    const listed = read('docs/it.md').replaceAll(/`([a-z-]+)-`/g, '$1-');
    const runbooks = readdirSync(join(ROOT, 'docs/runbooks'));
    for (const { name, description } of alerts) {
      const [head = '', ...tail] = name.split('-');
      const isListed =
        listed.includes(`\`${name}\``) ||
        (listed.includes(`${head}-`) && listed.includes(`-${tail.join('-')}\``));
      expect({ name, isListed }).toEqual({ name, isListed: true });
      const runbook = /Runbook: ([a-z-]+)/.exec(description)?.[1];
      if (runbook !== undefined && runbook !== 'none') expect(runbooks).toContain(`${runbook}.md`);
    }
  });

  test('the roles of the app registration are those of the code', () => {
    const roles = JSON.parse(read('infra/bicep/app-roles.json')) as { value: string; id: string }[];
    expect(sorted(roles.map(({ value }) => value))).toEqual(sorted(Object.values(ROLES)));
    expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length);
  });
});

test('each of the 50 points has a test by its number, or a decision', () => {
  const tests = ['compiled', 'sources']
    .map((name) => read(`tests/integration/bicep-${name}.test.ts`))
    .join('\n');
  const titles = [...tests.matchAll(/'(\d+(?:(?:, | and )\d+)*): /g)].flatMap(([, points = '']) =>
    points.split(/, | and /),
  );
  const decided = [...read('docs/adr/0020-deployment-checklist.md').matchAll(/^\| (\d+) +\|/gm)].map(
    ([, point = '']) => point,
  );
  const covered = new Set([...titles, ...decided]);
  const missing = Array.from({ length: 50 }, (_unused, index) => String(index + 1)).filter(
    (point) => !covered.has(point),
  );
  expect(missing).toEqual([]);
});
