/** The preflight script against a stand-in for the Azure CLI: it must find what is missing and say what to do. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(process.cwd(), 'infra/preflight/preflight.sh');
const describeBash = spawnSync('bash', ['--version']).status === 0 ? describe : describe.skip;

/** Answers of the stand-in: the first whose pattern fits the command line. */
type Answers = readonly [pattern: string, output: string, status?: number][];

const READY: Answers = [
  ['account show --query id *', 'sub-1'],
  ['account show --query user.name *', 'ada@example.com'],
  ['account show --query user.type *', 'user'],
  ['account show *', 'sub-1'],
  ['provider show *', 'Registered'],
  ['functionapp list-flexconsumption-locations *', 'northeurope\nwesteurope'],
  ['ad signed-in-user show *', 'object-1'],
  ['role assignment list *', 'Contributor\nRole Based Access Control Administrator'],
  ['rest *', '10\t250'],
  ['keyvault list-deleted *', 'kv-of-somebody-else'],
];

describeBash('preflight', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'preflight-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(
    answers: Answers,
    args: readonly string[] = ['--location', 'westeurope'],
    env: Readonly<Record<string, string>> = {},
  ): { status: number | null; output: string } {
    const cases = answers.map(
      ([pattern, output, status = 0]) =>
        `${pattern.replaceAll(' ', '\\ ').replaceAll('\\ *', '\\ *')}) printf '%s\\n' '${output}'; exit ${status};;`,
    );
    const az = join(folder, 'az');
    writeFileSync(
      az,
      `#!/usr/bin/env bash\ncase "$*" in\n${cases.join('\n')}\n*) echo "unexpected: $*" >&2; exit 9;;\nesac\n`,
    );
    chmodSync(az, 0o755);
    const { status, stdout, stderr } = spawnSync('bash', [SCRIPT, ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        BUDGET_START_DATE: undefined,
        ...env,
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      },
    });
    return { status, output: stdout + stderr };
  }
  const instead = (...answers: Answers): Answers => [...answers, ...READY];

  test('a subscription with everything is ready', () => {
    const { status, output } = run(READY);
    expect(output).toContain('Ready to deploy.');
    expect(output).not.toMatch(/MISSING|unknown/);
    expect(status).toBe(0);
  });

  test.each([
    ['nobody is signed in', instead(['account show *', '', 1]), 'az login'],
    [
      'a provider is not registered',
      instead(['provider show --namespace Microsoft.App *', 'NotRegistered']),
      'az provider register --namespace Microsoft.App',
    ],
    [
      'the region lacks Flex Consumption',
      instead(['functionapp list-flexconsumption-locations *', 'northeurope']),
      'choose one of: northeurope',
    ],
    [
      'roles cannot be assigned',
      instead(['role assignment list *', 'Contributor']),
      'Role Based Access Control Administrator',
    ],
    ['nothing can be created', instead(['role assignment list *', 'Reader']), '--role Contributor'],
    ['storage accounts run out', instead(['rest *', '248\t250']), '248 of 250'],
    [
      'a deleted vault holds the name',
      instead(['keyvault list-deleted *', 'kv-prod-abcdefghij123']),
      'az keyvault recover --name kv-prod-abcdefghij123',
    ],
  ])('%s: it says so, and what to do', (_case, answers, advice) => {
    const { status, output } = run(answers);
    expect(output).toContain('MISSING');
    expect(output).toContain(advice);
    expect(status).toBe(1);
  });

  test('production needs the right to set its lock, and no other environment does', () => {
    expect(run(READY, ['--location', 'westeurope', '--environment', 'test']).status).toBe(0);
    const production = ['--location', 'westeurope', '--environment', 'prod'];
    expect(run(READY, production)).toMatchObject({ status: 1 });
    expect(run(READY, production).output).toContain("--role 'User Access Administrator'");
    const administrator = instead(['role assignment list *', 'Contributor\nUser Access Administrator']);
    expect(run(administrator, production).status).toBe(0);
  });

  test('a budget that does not exist yet begins this month or later', () => {
    const none = instead(['rest *Microsoft.Consumption*', '', 1]);
    const beginning = (date: string) => run(none, undefined, { BUDGET_START_DATE: date });
    expect(beginning('2020-01-01')).toMatchObject({ status: 1 });
    expect(beginning('2020-01-01').output).toMatch(/export BUDGET_START_DATE=\d{4}-\d{2}-01/);
    expect(beginning('2999-01-15').status).toBe(1);
    expect(beginning('2999-01-01').status).toBe(0);
    expect(run(READY, undefined, { BUDGET_START_DATE: '2020-01-01' }).status).toBe(0);
  });

  test('an environment that is spread over zones needs a region that offers it', () => {
    const production = ['--location', 'westeurope', '--environment', 'prod'];
    const ready = instead(
      ['role assignment list *', 'Owner'],
      ['functionapp list-flexconsumption-locations --zone-redundant *', 'northeurope'],
    );
    expect(run(ready, production).output).toContain('set zoneRedundant to false');
    expect(run(ready, production).status).toBe(1);
    expect(run(ready, ['--location', 'westeurope', '--environment', 'test']).status).toBe(0);
  });

  test('reports what it cannot find out as unknown, and does not fail', () => {
    const { status, output } = run(instead(['rest *', '', 1], ['keyvault list-deleted *', '', 1]));
    expect(output.match(/^unknown/gm)).toHaveLength(2);
    expect(status).toBe(0);
  });

  test('a wrong option gives a one-line error', () => {
    const { status, output } = run(READY, ['--region', 'westeurope']);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });
});
