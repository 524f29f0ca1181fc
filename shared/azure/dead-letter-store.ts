import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { PermanentError } from '../errors.ts';
import { DEAD_LETTER_FORMAT, deadLetterSchema, makeDeadLetter, type DeadLetter } from '../pos/dead-letter.ts';
import { laterFormatReason } from '../stored-format.ts';
import { toInstant } from '../time.ts';
import { asOurError, isConflict, isNotFound } from './sdk-errors.ts';

interface TakenLetter {
  readonly letter: DeadLetter;
  readonly etag: string;
}

export interface ListedLetter {
  readonly name: string;
  readonly stage: string;
  readonly storedAt: Date | undefined;
}

/** Dead letters for operations: list, read, and retire after a replay. */
export interface DeadLetterStore {
  /** Names of at most `limit` letters by stage, the stages sorted. */
  newest(limit: number): Promise<ListedLetter[]>;
  countByStage(): Promise<Map<string, number>>;
  /** What is no letter, or one of a later version, is shown as a letter that says so. @returns undefined when there is none. */
  read(name: string): Promise<DeadLetter | undefined>;
  /** As `read`, with the ETag that a decision about the letter names. */
  see(name: string): Promise<TakenLetter | undefined>;
  /** Whether it was replayed some time: its copy lies in `replayed/`. */
  wasReplayed(name: string): Promise<boolean>;
  /** For a replay, with the ETag that `retire` takes. @throws PermanentError `bad-dead-letter` */
  take(name: string): Promise<TakenLetter | undefined>;
  /** Copies a letter to `replayed/`, and removes it unless it was buried again since `etag`. Safe to repeat. */
  retire(name: string, etag: string): Promise<void>;
  /** The same for a letter that needs no replay: it lies in `discarded/` from then on. Safe to repeat. */
  discard(name: string, etag: string): Promise<void>;
  /** Copies the letter as it is now to `originals/`. @returns the copy's name, the same for the same content. */
  keepOriginal(name: string): Promise<string>;
  /** Writes an edited letter in its place. @throws PermanentError `letter-changed` where it is another one by now. */
  replace(name: string, etag: string, letter: DeadLetter): Promise<void>;
}

const REPLAYED = 'replayed/';
const DISCARDED = 'discarded/';
const ORIGINALS = 'originals/';
/** The webhook's spilled events share the container; they are no letters. */
const NO_LETTERS = [REPLAYED, DISCARDED, ORIGINALS, 'spill/'];

/** Whether a blob of this name would be a letter, and no copy of one or something spilled. */
export const isLetterName = (name: string): boolean =>
  /^[a-zA-Z][a-zA-Z-]{0,40}\/[^/]{1,900}\.json$/.test(name) &&
  !NO_LETTERS.some((prefix) => name.startsWith(prefix));

export function blobDeadLetterStore(container: ContainerClient): DeadLetterStore {
  async function* letters() {
    for await (const blob of container.listBlobsFlat()) {
      if (!NO_LETTERS.some((prefix) => blob.name.startsWith(prefix))) yield blob;
    }
  }
  const { download, propertiesOf } = blobsOf(container);
  async function see(name: string): Promise<TakenLetter | undefined> {
    // The ETag comes first, as in `take`.
    const properties = await propertiesOf(name);
    const content = properties && (await download(name));
    if (!properties || !content) return undefined;
    const etag = properties.etag ?? '';
    try {
      return { letter: letterFrom(name, content), etag };
    } catch (thrown) {
      if (!(thrown instanceof PermanentError)) throw thrown;
      return { letter: unreadableLetter(name, properties.createdOn, thrown), etag };
    }
  }
  return {
    newest: (limit) =>
      trying('Listing dead letters', async () => {
        const found: ListedLetter[] = [];
        for await (const { name, properties } of letters())
          found.push({ name, stage: stageOf(name), storedAt: properties.createdOn });
        return found
          .sort((left, right) => (right.storedAt?.getTime() ?? 0) - (left.storedAt?.getTime() ?? 0))
          .slice(0, limit);
      }),
    countByStage: () =>
      trying('Counting dead letters', async () => {
        const counts = new Map<string, number>();
        for await (const { name } of letters())
          counts.set(stageOf(name), (counts.get(stageOf(name)) ?? 0) + 1);
        return new Map([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
      }),
    read: async (name) => (await see(name))?.letter,
    see,
    wasReplayed: async (name) => (await propertiesOf(`${REPLAYED}${name}`)) !== undefined,
    async take(name) {
      // Before the content: a letter that is buried again in between is then not put away.
      const etag = (await propertiesOf(name))?.etag;
      const content = etag === undefined ? undefined : await download(name);
      return etag === undefined || !content ? undefined : { letter: letterFrom(name, content), etag };
    },
    ...changing(container),
  };
}

/** What moves and edits letters; each as it was lies somewhere afterwards. */
function changing(
  container: ContainerClient,
): Pick<DeadLetterStore, 'retire' | 'discard' | 'keepOriginal' | 'replace'> {
  const { download } = blobsOf(container);
  const uploadJson = async (name: string, content: Buffer, conditions = {}): Promise<void> => {
    await container.getBlockBlobClient(name).upload(content, content.length, {
      blobHTTPHeaders: { blobContentType: 'application/json' },
      conditions,
    });
  };
  async function putAway(folder: string, name: string, etag: string): Promise<void> {
    const content = await download(name);
    if (!content) return;
    await trying('Moving a dead letter', async () => {
      await container.getBlockBlobClient(`${folder}${name}`).upload(content, content.length, {
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
      try {
        await container.getBlobClient(name).deleteIfExists({ conditions: { ifMatch: etag } });
      } catch (thrown) {
        // What was brought back has died again meanwhile, and its letter stays.
        if (!isConflict(thrown)) throw thrown;
      }
    });
  }
  return {
    retire: (name, etag) => putAway(REPLAYED, name, etag),
    discard: (name, etag) => putAway(DISCARDED, name, etag),
    async keepOriginal(name) {
      const content = (await download(name)) ?? Buffer.alloc(0);
      const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
      const original = `${ORIGINALS}${name}/${digest}.json`;
      await trying('Keeping a dead letter', () => uploadJson(original, content));
      return original;
    },
    replace: (name, etag, letter) =>
      trying('Editing a dead letter', async () => {
        try {
          await uploadJson(name, Buffer.from(JSON.stringify(letter, undefined, 2)), { ifMatch: etag });
        } catch (thrown) {
          if (!isConflict(thrown)) throw thrown;
          throw new PermanentError('letter-changed', `${name} has changed meanwhile: look at it again`);
        }
      }),
  };
}

const trying = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    throw asOurError(thrown, doing);
  }
};

/** Undefined for what is not there. */
function blobsOf(container: ContainerClient) {
  const found = <T>(read: () => Promise<T>): Promise<T | undefined> =>
    trying('Reading a dead letter', async () => {
      try {
        return await read();
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw thrown;
      }
    });
  return {
    download: (name: string) => found(() => container.getBlobClient(name).downloadToBuffer()),
    propertiesOf: (name: string) => found(() => container.getBlobClient(name).getProperties()),
  };
}

const stageOf = (name: string): string => name.split('/', 1)[0] ?? '';

function letterFrom(name: string, content: Buffer): DeadLetter {
  const bad = (message: string, cause?: unknown) =>
    new PermanentError('bad-dead-letter', message, { where: name, cause });
  let stored: unknown;
  try {
    stored = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw bad(`${name} is not a dead letter: it is not JSON`, cause);
  }
  const later = laterFormatReason(stored, DEAD_LETTER_FORMAT);
  if (later !== undefined) throw bad(later);
  const letter = deadLetterSchema.safeParse(stored);
  if (!letter.success) throw bad(`${name} is not a dead letter`, letter.error);
  return letter.data;
}

/** One blob that cannot be read must not hide the others, nor itself. */
const unreadableLetter = (name: string, createdOn: Date | undefined, fault: PermanentError): DeadLetter =>
  makeDeadLetter({
    deadLetterId: name,
    stage: stageOf(name),
    fault,
    diedAt: toInstant(createdOn?.getTime() ?? 0),
    replay: { to: 'nowhere' },
    payload: '',
  });
