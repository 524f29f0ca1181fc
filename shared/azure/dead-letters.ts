import type { ContainerClient } from '@azure/storage-blob';
import type { DeadLetter, DeadLetters } from '../pos/dead-letter.ts';
import { asOurError, isConflict } from './sdk-errors.ts';

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
        await blob.upload(body, Buffer.byteLength(body), {
          blobHTTPHeaders: { blobContentType: 'application/json' },
          conditions: { ifNoneMatch: '*' },
        });
      } catch (thrown) {
        // The same letter was written before: what was to be kept is kept.
        if (!isConflict(thrown)) throw asOurError(thrown, 'Writing a dead letter');
      }
    },
  };
}

function deadLetterBlobName(letter: DeadLetter): string {
  return `${letter.stage}/${encodeURIComponent(letter.deadLetterId)}.json`;
}
