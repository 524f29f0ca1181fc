/** Shared access signatures as clients make them. */
import { createHmac } from 'node:crypto';

export function signSas(resource: string, expirySeconds: number, policy: string, key: string): string {
  const encoded = encodeURIComponent(resource);
  const signature = createHmac('sha256', key).update(`${encoded}\n${expirySeconds}`).digest('base64');
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expirySeconds}&skn=${policy}`;
}

/** A token for a resource with the policy and key of a connection string. */
export function createSasToken(
  connectionString: string,
  resource: string,
  expiresAtMs = Date.now() + 3_600_000,
): string {
  const field = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? '';
  return signSas(
    resource,
    Math.floor(expiresAtMs / 1_000),
    field('SharedAccessKeyName'),
    field('SharedAccessKey'),
  );
}
