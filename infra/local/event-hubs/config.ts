import type { RetentionLimits } from './retention.ts';

/** One event hub of the endpoint. */
export interface HubConfig extends RetentionLimits {
  readonly name: string;
  readonly partitionCount: number;
  /** Besides `$Default`, which every hub has. */
  readonly consumerGroups: readonly string[];
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Limits of the premium tier; the emulator's own are lower. */
const MAX_PARTITIONS = 100;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$/;
const GROUP_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?$|^\$default$/i;
const DAY_MS = 86_400_000;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function numberOf(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  if (!Number.isFinite(number)) throw new ConfigError(`${what} must be a number`);
  return number;
}

/** @throws ConfigError that says what is wrong and where. */
export function checkHubs(hubs: readonly HubConfig[]): void {
  if (hubs.length === 0) throw new ConfigError('There must be at least one event hub');
  const seen = new Set<string>();
  for (const { name, partitionCount, consumerGroups, retentionMs, retentionBytes } of hubs) {
    if (!NAME.test(name))
      throw new ConfigError(`"${name}" is no event hub name: letters, digits, '.', '-' and '_', up to 256`);
    if (seen.has(name.toLowerCase())) throw new ConfigError(`There are two event hubs named "${name}"`);
    seen.add(name.toLowerCase());
    if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > MAX_PARTITIONS)
      throw new ConfigError(
        `Event hub "${name}" must have 1 to ${MAX_PARTITIONS} partitions, not ${partitionCount}`,
      );
    for (const group of consumerGroups)
      if (!GROUP_NAME.test(group))
        throw new ConfigError(`"${group}" of event hub "${name}" is no consumer group name`);
    for (const limit of [retentionMs, retentionBytes])
      if (limit !== undefined && !(limit > 0))
        throw new ConfigError(`The retention of event hub "${name}" must be above 0`);
  }
}

/**
 * Reads a file in the shape of the Config.json of Microsoft's Event Hubs emulator: `UserConfig.NamespaceConfig[].
 * Entities[]` with `Name`, `PartitionCount` and `ConsumerGroups[].Name`. Two additions are ours, both per entity and
 * optional: `MessageRetentionInDays` and `RetentionBytes` (per partition).
 * @throws ConfigError
 */
export function parseConfig(text: string): HubConfig[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`The file is no JSON: ${(cause as Error).message}`, { cause });
  }
  const user = isObject(root) ? root['UserConfig'] : undefined;
  const namespaces = isObject(user) ? listOf(user['NamespaceConfig']) : [];
  const hubs = namespaces
    .flatMap((space) => (isObject(space) ? listOf(space['Entities']) : []))
    .map(parseHub);
  if (hubs.length === 0) throw new ConfigError('UserConfig.NamespaceConfig[0].Entities names no event hub');
  checkHubs(hubs);
  return hubs;
}

function parseHub(entity: unknown): HubConfig {
  if (!isObject(entity) || typeof entity['Name'] !== 'string') throw new ConfigError('An entity has no Name');
  const name = entity['Name'];
  const days = numberOf(entity['MessageRetentionInDays'], `MessageRetentionInDays of "${name}"`);
  const retentionBytes = numberOf(entity['RetentionBytes'], `RetentionBytes of "${name}"`);
  const consumerGroups = listOf(entity['ConsumerGroups']).map((group) => {
    if (!isObject(group) || typeof group['Name'] !== 'string')
      throw new ConfigError(`A consumer group of "${name}" has no Name`);
    return group['Name'];
  });
  return {
    name,
    partitionCount: numberOf(entity['PartitionCount'], `PartitionCount of "${name}"`) ?? 1,
    consumerGroups,
    ...(days === undefined ? {} : { retentionMs: days * DAY_MS }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
  };
}
