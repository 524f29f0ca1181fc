/** A file that cannot be read as a whole, and how to correct it. It affects no other file. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}
