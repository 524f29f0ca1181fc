/**
 * The real Bicep compiler, for tests: the pinned version from PATH, else from a package restore by `dotnet` into a
 * folder outside the repository, else whatever version is on PATH, else none, said out loud.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version whose resource types the API versions in infra/bicep were chosen from. */
const BICEP_VERSION = '0.49.2';

/** Fresh machines download some 100 MB once. */
const RESTORE_TIMEOUT_MS = 180_000;

export interface Bicep {
  readonly path: string;
  readonly version: string;
}

export interface Diagnostic {
  readonly file: string;
  readonly level: string;
  readonly code: string;
  readonly message: string;
}

function versionOf(path: string): string | undefined {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

function runtimeId(): string | undefined {
  const system = { linux: 'linux', darwin: 'osx', win32: 'win' }[process.platform as string];
  return system && ['x64', 'arm64'].includes(process.arch) ? `${system}-${process.arch}` : undefined;
}

function restore(): string | undefined {
  const rid = runtimeId();
  if (!rid || spawnSync('dotnet', ['--version']).status !== 0) return undefined;
  const folder = join(tmpdir(), `tillstream-bicep-${BICEP_VERSION}`);
  const id = `Azure.Bicep.CommandLine.${rid}`;
  const program = process.platform === 'win32' ? 'bicep.exe' : 'bicep';
  const path = join(folder, 'packages', id.toLowerCase(), BICEP_VERSION, 'tools', program);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'restore.csproj'),
      `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>netstandard2.0</TargetFramework></PropertyGroup>
<ItemGroup><PackageDownload Include="${id}" Version="[${BICEP_VERSION}]" /></ItemGroup></Project>`,
    );
    const { status } = spawnSync('dotnet', ['restore', '--packages', join(folder, 'packages')], {
      cwd: folder,
      timeout: RESTORE_TIMEOUT_MS,
    });
    if (status !== 0 || !existsSync(path)) return undefined;
  }
  // A package carries no file modes.
  chmodSync(path, 0o755);
  return path;
}

export function findBicep(): Bicep | undefined {
  const onPath = versionOf('bicep');
  if (onPath === BICEP_VERSION) return { path: 'bicep', version: onPath };
  const path = restore();
  const restored = path === undefined ? undefined : versionOf(path);
  if (path !== undefined && restored !== undefined) return { path, version: restored };
  if (onPath !== undefined) {
    console.log(`Bicep ${onPath} on PATH is used; the templates were written with ${BICEP_VERSION}`);
    return { path: 'bicep', version: onPath };
  }
  console.log(
    `SKIPPED: the tests of the compiled templates need Bicep ${BICEP_VERSION}: neither on PATH nor as a package`,
  );
  return undefined;
}

/** Runs one command of the compiler; what it says about the files comes back as diagnostics. */
export function runBicep(
  bicep: Bicep,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): { output: string; diagnostics: Diagnostic[] } {
  const { stdout, stderr, error } = spawnSync(bicep.path, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  const diagnostics: Diagnostic[] = [];
  for (const line of stderr.split('\n').map((text) => text.trim())) {
    if (line === '') continue;
    const found = /^(.*?)\(\d+,\d+\) : (\w+) ([\w-]+): (.*)$/.exec(line);
    const [, file = '', level = 'Unknown', code = '', message = line] = found ?? [];
    diagnostics.push({ file, level, code, message });
  }
  return { output: stdout, diagnostics };
}
