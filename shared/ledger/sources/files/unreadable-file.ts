/** A file that cannot be read as a whole: what it is, and how to correct it. It costs itself and no other file. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}
