import { createHash, createPublicKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import jsonwebtoken, { type JwtPayload } from 'jsonwebtoken';
import { PermanentError, messageOf } from '../../../errors.ts';
import { MINUTE_MS, SECOND_MS } from '../../../time.ts';
import { ADDRESS_KEY_HEADER } from '../address-key.ts';
import type { SignedRequest } from '../source.ts';

/**
 * Finance and operations signs no body of a business event. Who sent one is proved by a key in the address, or by a token
 * of Microsoft Entra ID. Neither says that the body is what was sent: it is only taken as a notice, and what happened is asked for.
 * https://learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/business-events/managing-business-event-endpoints
 *
 * A secret is a key of at least 16 characters, or `entra <tenant id> <audience> [<client id>]`.
 */
// The library is a CommonJS module, whose names Node cannot import one by one.
const { decode, verify } = jsonwebtoken;

const ENTRA = /^entra\s+([0-9a-f-]{36})\s+(\S+)(?:\s+([0-9a-f-]{36}))?$/i;
const MIN_KEY_LENGTH = 16;
const TOLERANCE_MS = 5 * MINUTE_MS;

interface EntraProof {
  readonly tenantId: string;
  readonly audience: string;
  readonly clientId: string | undefined;
}

function entraProofOf(secret: string): EntraProof | undefined {
  const [, tenantId, audience, clientId] = ENTRA.exec(secret.trim()) ?? [];
  return tenantId === undefined || audience === undefined ? undefined : { tenantId, audience, clientId };
}

const keySetUrl = ({ tenantId }: EntraProof): string =>
  `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`;

/** Where the keys are that tokens are signed with. */
export const keySetUrls = (secrets: readonly string[]): string[] =>
  secrets.flatMap((secret) => {
    const proof = entraProofOf(secret);
    return proof === undefined ? [] : [keySetUrl(proof)];
  });

/** @throws PermanentError `signature` */
export function verifyDynamicsEvent({
  header,
  secrets,
  keySets,
  nowMs,
}: Omit<SignedRequest, 'body' | 'notificationUrl'>): void {
  const key = header(ADDRESS_KEY_HEADER) ?? '';
  const token = /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1];
  let why = 'Refused: the key of the address does not fit';
  for (const secret of secrets) {
    const proof = entraProofOf(secret);
    if (proof === undefined) {
      if (secret.length >= MIN_KEY_LENGTH && timingSafeEqual(digestOf(secret), digestOf(key))) return;
    } else if (token === undefined) {
      why = 'Refused: there is no token of Microsoft Entra ID';
    } else {
      const refusal = refusalOf(token, proof, keySets?.get(keySetUrl(proof)) ?? [], nowMs);
      if (refusal === undefined) return;
      why = `Refused: ${refusal}`;
    }
  }
  throw new PermanentError('signature', why);
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A JSON Web Key, as an issuer publishes it. */
interface PublishedKey {
  readonly kid?: string;
  readonly [field: string]: unknown;
}

/** Why a token proves nothing; undefined where it does. */
function refusalOf(
  token: string,
  { tenantId, audience, clientId }: EntraProof,
  keys: readonly PublishedKey[],
  nowMs: number,
): string | undefined {
  const kid = decode(token, { complete: true })?.header.kid;
  const published = keys.find((one) => one.kid !== undefined && one.kid === kid);
  if (published === undefined) return 'the token is signed with a key that the tenant does not publish';
  try {
    const claims = verify(token, keyOf(published), {
      algorithms: ['RS256'],
      audience,
      // Tokens of both versions name the same tenant in two ways.
      issuer: [`https://sts.windows.net/${tenantId}/`, `https://login.microsoftonline.com/${tenantId}/v2.0`],
      clockTimestamp: Math.floor(nowMs / SECOND_MS),
      clockTolerance: TOLERANCE_MS / SECOND_MS,
    }) as JwtPayload;
    if (typeof claims !== 'object' || claims.exp === undefined) return 'the token never ends';
    const client: unknown = claims['azp'] ?? claims['appid'];
    return clientId === undefined || client === clientId ? undefined : 'the token is of another app';
  } catch (thrown) {
    return messageOf(thrown);
  }
}

const keyOf = (published: PublishedKey): KeyObject =>
  createPublicKey({ key: { ...published }, format: 'jwk' });
