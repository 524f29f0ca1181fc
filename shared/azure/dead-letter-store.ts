import type { ContainerClient } from '@azure/storage-blob';
import { PermanentError } from '../errors.ts';
import { deadLetterSchema, type DeadLetter } from '../pos/dead-letter.ts';
import { asOurError, isConflict, isNotFound } from './sdk-errors.ts';

interface TakenLetter {
  readonly letter: DeadLetter;
  readonly etag: string;
}

/** Dead letters for operations: list, read, and retire after a replay. */
export interface DeadLetterStore {
  /** Names of at most `limit` letters by stage, the stages sorted. */
  newest(limit: number): Promise<{ name: string; stage: string; storedAt: Date | undefined }[]>;
  countByStage(): Promise<Map<string, number>>;
  /** @returns undefined when there is none by this name. @throws PermanentError `bad-dead-letter` */
  read(name: string): Promise<DeadLetter | undefined>;
  /** As `read`, with the ETag that `retire` takes. */
  take(name: string): Promise<TakenLetter | undefined>;
  /** Copies a letter to `replayed/`, and removes it unless it was buried again since `etag`. Safe to repeat. */
  retire(name: string, etag: string): Promise<void>;
}

const REPLAYED = 'replayed/';
/** The webhook's spilled events share the container; they are no letters. */
const NO_LETTERS = [REPLAYED, 'spill/'];

export function blobDeadLetterStore(container: ContainerClient): DeadLetterStore {
  async function* letters() {
    for await (const blob of container.listBlobsFlat()) {
      if (!NO_LETTERS.some((prefix) => blob.name.startsWith(prefix))) yield blob;
    }
  }
  const trying = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw asOurError(thrown, doing);
    }
  };
  const download = (name: string): Promise<Buffer | undefined> =>
    trying('Reading a dead letter', async () => {
      try {
        return await container.getBlobClient(name).downloadToBuffer();
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw thrown;
      }
    });
  const etagOf = (name: string): Promise<string | undefined> =>
    trying('Reading a dead letter', async () => {
      try {
        return (await container.getBlobClient(name).getProperties()).etag;
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw thrown;
      }
    });
  return {
    newest: (limit) =>
      trying('Listing dead letters', async () => {
        const found: { name: string; stage: string; storedAt: Date | undefined }[] = [];
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
    async read(name) {
      const content = await download(name);
      return content && letterFrom(name, content);
    },
    async take(name) {
      // Before the content: a letter that is buried again in between is then not put away.
      const etag = await etagOf(name);
      const content = etag === undefined ? undefined : await download(name);
      return etag === undefined || !content ? undefined : { letter: letterFrom(name, content), etag };
    },
    async retire(name, etag) {
      const content = await download(name);
      if (!content) return;
      await trying('Moving a dead letter', async () => {
        await container.getBlockBlobClient(`${REPLAYED}${name}`).upload(content, content.length, {
          blobHTTPHeaders: { blobContentType: 'application/json' },
        });
        try {
          await container.getBlobClient(name).deleteIfExists({ conditions: { ifMatch: etag } });
        } catch (thrown) {
          // What was brought back has died again meanwhile, and its letter stays.
          if (!isConflict(thrown)) throw thrown;
        }
      });
    },
  };
}

const stageOf = (name: string): string => name.split('/', 1)[0] ?? '';

function letterFrom(name: string, content: Buffer): DeadLetter {
  try {
    return deadLetterSchema.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    throw new PermanentError('bad-dead-letter', `${name} is not a dead letter`, { where: name, cause });
  }
}
