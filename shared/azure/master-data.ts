import type { ContainerClient } from '@azure/storage-blob';
import type { z } from 'zod';
import { PermanentError } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { Logger } from './log.ts';
import { asOurError, isNotFound, statusOf } from './sdk-errors.ts';

/**
 * One validated file of the `master-data` container. It is read again at most every `refreshMs`, and only when its
 * ETag has changed. A new version that does not validate is refused with a log that says where, and the last good
 * one stays in force: a slip in a file must not stop the tills.
 */
export interface MasterDataFile<T> {
  /** @throws PermanentError `master-data` when there is no good version at all; TransientError when storage is away. */
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
   * The list in the file whose entries stand each for itself. One that does not validate is left out with a log that
   * says where; without this the whole version is refused.
   */
  readonly entries?: string;
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export function masterDataFile<S extends z.ZodType, T>(options: MasterDataOptions<S, T>): MasterDataFile<T> {
  let current: { value: T; etag: string } | undefined;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let underway: Promise<T> | undefined;

  async function refresh(): Promise<T> {
    try {
      const loaded = await load(options, current?.etag);
      if (loaded) current = loaded;
    } catch (thrown) {
      if (!current) throw thrown;
      options.log.error('Master data keeps its last good version', { file: options.file }, thrown);
    }
    checkedAtMs = options.clock();
    // `load` answers undefined only for an ETag that `current` gave, so that there is one here.
    return (current as { value: T }).value;
  }

  return {
    get() {
      if (current && options.clock() - checkedAtMs < options.refreshMs) return Promise.resolve(current.value);
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
      throw new PermanentError('master-data', `master-data/${file} does not exist: upload it`);
    throw asOurError(thrown, `Reading master-data/${file}`);
  }
  const text = body.toString('utf8');
  const content =
    entries === undefined ? parse(file, schema, text) : parseEntries(file, schema, text, entries, log);
  return { value: index(content), etag };
}

function parse<S extends z.ZodType>(file: string, schema: S, text: string): z.infer<S> {
  const parsed = schema.safeParse(jsonOf(file, text));
  if (parsed.success) return parsed.data;
  throw invalid(file, parsed.error);
}

function parseEntries<S extends z.ZodType>(
  file: string,
  schema: S,
  text: string,
  list: string,
  log: Logger,
): z.infer<S> {
  const json = jsonOf(file, text) as Record<string, unknown> | null;
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fault = invalid(file, parsed.error);
  const entries = json?.[list];
  const bad = new Set(
    parsed.error.issues.map(({ path: [name, index] }) => (name === list ? index : undefined)),
  );
  if (!Array.isArray(entries) || bad.has(undefined)) throw fault;
  const rest = schema.safeParse({ ...json, [list]: entries.filter((_entry, index) => !bad.has(index)) });
  if (!rest.success) throw fault;
  log.error('Entries of the master data are left out', { file, leftOut: bad.size }, fault);
  return rest.data;
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
