import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { DeadLetter, DeadLetters } from '../pos/dead-letter.ts';
import { asOurError, isConflict, isNotFound } from './sdk-errors.ts';

/**
 * Dead letters are blobs `<stage>/<id>.json` in the container `dead-letters`: cheap, listable by stage, and readable
 * by a person.
 */
export function blobDeadLetters(container: ContainerClient): DeadLetters {
  return {
    async bury(letter: DeadLetter): Promise<void> {
      const body = JSON.stringify(letter, undefined, 2);
      const blob = container.getBlockBlobClient(deadLetterBlobName(letter));
      try {
        while (!(await create(blob, body)) && !(await touch(blob)));
      } catch (thrown) {
        throw asOurError(thrown, 'Writing a dead letter');
      }
    },
  };
}

/** @returns false where the same letter was written before: what was to be kept is kept. */
async function create(blob: BlockBlobClient, body: string): Promise<boolean> {
  try {
    await blob.upload(body, Buffer.byteLength(body), {
      blobHTTPHeaders: { blobContentType: 'application/json' },
      conditions: { ifNoneMatch: '*' },
    });
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    throw thrown;
  }
}

/**
 * Changes the letter's ETag but not its content, so a replay that is about to retire it sees that it
 * died again. @returns false where it has just been put away.
 */
async function touch(blob: BlockBlobClient): Promise<boolean> {
  try {
    await blob.setMetadata({ again: 'true' });
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}

function deadLetterBlobName(letter: DeadLetter): string {
  return `${letter.stage}/${encodeURIComponent(letter.deadLetterId)}.json`;
}
