import { z } from 'zod';
import { laterFormatReason } from '../stored-format.ts';

/** Raise it when compaction derives something else, or keeps it otherwise: dates are then read raw until compacted again. */
export const COMPACTION_FORMAT = 1;

const partSchema = z.object({
  /** Store ids with something in this part. */
  stores: z.array(z.string()),
  /** File names by table, within the folder. */
  files: z.record(z.string(), z.string()),
  /** File name of what is kept of each store beside the tables. */
  storeFile: z.string(),
});

const manifestSchema = z.object({
  format: z.int(),
  businessDate: z.string(),
  /** Says which inputs it covers: see `compactionDigest`. */
  digest: z.string(),
  /** Raw blobs that were read, and their events of the date, repeats included. */
  blobs: z.int(),
  events: z.int(),
  folder: z.string(),
  parts: z.array(partSchema),
});

/** What there is of a compacted business date; the whole date is replaced by writing another one. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestPart = Manifest['parts'][number];

/** @returns undefined for what a later version wrote, or is damaged: the date is read raw then, and compacted again. */
export function manifestOf(text: string): Manifest | undefined {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (laterFormatReason(stored, COMPACTION_FORMAT) !== undefined) return undefined;
  const parsed = manifestSchema.safeParse(stored);
  return parsed.success && parsed.data.format === COMPACTION_FORMAT ? parsed.data : undefined;
}
