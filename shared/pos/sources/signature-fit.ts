import { timingSafeEqual } from 'node:crypto';
import { PermanentError } from '../../errors.ts';

/** Compares in constant time. A signature of another length, an empty one among them, never fits. */
export const isSameSignature = (given: Buffer, expected: Buffer): boolean =>
  given.length > 0 && given.length === expected.length && timingSafeEqual(given, expected);

/**
 * @param signatureBy the signature that one of the secrets makes.
 * @throws PermanentError `signature` where no secret fits.
 */
export function checkSignature<Secret>(
  given: Buffer,
  secrets: readonly Secret[],
  signatureBy: (secret: Secret) => Buffer,
): void {
  if (!secrets.some((secret) => isSameSignature(given, signatureBy(secret)))) {
    throw new PermanentError('signature', 'Refused: no signature fits');
  }
}
