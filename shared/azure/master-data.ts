import type { ContainerClient } from '@azure/storage-blob';
import type { z } from 'zod';
import { PermanentError } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { Logger } from '../log.ts';
import { asOurError, isNotFound, statusOf } from './sdk-errors.ts';

/**
 * One validated file of the `master-data` container. It is read again at most every `refreshMs`, and only when its
 * ETag has changed. A new version that does not validate is refused with a log that says where, and the last good
 * one stays in effect: a mistake in a file must not stop the tills.
 */
export interface MasterDataFile<T> {
  /** The same promise for as long as it is not read again. @throws PermanentError `master-data` when there is no good version at all; TransientError when storage is away. */
  get(): Promise<T>;
}

export interface MasterDataOptions<S extends z.ZodType, T> {
  readonly container: ContainerClient;
  readonly file: string;
  readonly schema: S;
  /** What counts while there is no such file; without this it must be there. */
  readonly whenAbsent?: z.infer<S>;
  /** Builds look-ups from the file, once per version. */
  readonly index: (content: z.infer<S>) => T;
  /**
   * The lists in the file whose entries stand each for itself. One that does not validate is left out with a log that
   * says where; without this the whole version is refused.
   */
  readonly entries?: string | readonly string[];
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export function masterDataFile<S extends z.ZodType, T>(options: MasterDataOptions<S, T>): MasterDataFile<T> {
  let current: { value: T; etag: string; asked: Promise<T> } | undefined;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let underway: Promise<T> | undefined;

  async function refresh(): Promise<T> {
    try {
      const loaded = await load(options, current?.etag);
      if (loaded) current = { ...loaded, asked: Promise.resolve(loaded.value) };
    } catch (thrown) {
      if (!current) throw thrown;
      options.log.error('Master data keeps its last valid version', { file: options.file }, thrown);
    }
    checkedAtMs = options.clock();
    // `load` returns undefined only for an ETag from `current`, so it exists here.
    return (current as { value: T }).value;
  }

  return {
    get() {
      if (current && options.clock() - checkedAtMs < options.refreshMs) return current.asked;
      underway ??= refresh().finally(() => {
        underway = undefined;
      });
      return underway;
    },
  };
}

async function load<S extends z.ZodType, T>(
  { container, file, schema, index, entries, log, whenAbsent }: MasterDataOptions<S, T>,
  knownEtag: string | undefined,
): Promise<{ value: T; etag: string } | undefined> {
  let body: Buffer;
  let etag: string;
  try {
    const blob = container.getBlockBlobClient(file);
    const response = await blob.download(
      0,
      undefined,
      knownEtag === undefined || knownEtag === '' ? {} : { conditions: { ifNoneMatch: knownEtag } },
    );
    body = await bufferOf(response.readableStreamBody);
    etag = response.etag ?? '';
  } catch (thrown) {
    if (statusOf(thrown) === 304) return undefined;
    if (isNotFound(thrown) && whenAbsent !== undefined) return { value: index(whenAbsent), etag: '' };
    if (isNotFound(thrown))
      throw new PermanentError('master-data', `master-data/${file} is missing: upload it`);
    throw asOurError(thrown, `Reading master-data/${file}`);
  }
  const text = body.toString('utf8');
  const content =
    entries === undefined
      ? parse(file, schema, text)
      : parseEntries(file, schema, text, [entries].flat(), log);
  return { value: index(content), etag };
}

function parse<S extends z.ZodType>(file: string, schema: S, text: string): z.infer<S> {
  const parsed = schema.safeParse(jsonOf(file, text));
  if (parsed.success) return parsed.data;
  throw invalid(file, parsed.error);
}

/** What refers to an entry that is left out may be left out after it, and no more than that: hence the few rounds. */
const MAX_ROUNDS = 3;

function parseEntries<S extends z.ZodType>(
  file: string,
  schema: S,
  text: string,
  lists: readonly string[],
  log: Logger,
): z.infer<S> {
  let json = jsonOf(file, text) as Record<string, unknown> | null;
  for (let round = 1; ; round += 1) {
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const fault = invalid(file, parsed.error);
    const rest = round > MAX_ROUNDS ? undefined : withoutEntries(json, parsed.error, lists);
    if (!rest) throw fault;
    json = rest.json;
    log.error('Invalid entries of the master data are skipped', { file, leftOut: rest.leftOut }, fault);
  }
}

/** Undefined where a fault lies in no entry of these lists. */
function withoutEntries(
  json: Record<string, unknown> | null,
  { issues }: z.ZodError,
  lists: readonly string[],
): { json: Record<string, unknown>; leftOut: number } | undefined {
  const bad = new Map<string, Set<number>>();
  for (const {
    path: [list, index],
  } of issues) {
    if (typeof list !== 'string' || typeof index !== 'number' || !lists.includes(list)) return undefined;
    bad.set(list, (bad.get(list) ?? new Set()).add(index));
  }
  const rest: Record<string, unknown> = { ...json };
  let leftOut = 0;
  for (const [list, indexes] of bad) {
    const entries = rest[list];
    if (!Array.isArray(entries)) return undefined;
    rest[list] = entries.filter((_entry, index) => !indexes.has(index));
    leftOut += indexes.size;
  }
  return { json: rest, leftOut };
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PermanentError('master-data', `master-data/${file} is not JSON`, { where: file, cause });
  }
}

function invalid(file: string, { issues }: z.ZodError): PermanentError {
  const faults = issues.slice(0, 10).map((issue) => `/${issue.path.join('/')}: ${issue.message}`);
  const more = issues.length > faults.length ? `; and ${issues.length - faults.length} more` : '';
  return new PermanentError(
    'master-data',
    `master-data/${file} does not validate: ${faults.join('; ')}${more}`,
    {
      where: file,
    },
  );
}

async function bufferOf(stream: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
