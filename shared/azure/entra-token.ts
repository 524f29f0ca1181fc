import { ClientSecretCredential, type ClientSecretCredentialOptions } from '@azure/identity';
import { messageOf, TransientError } from '../errors.ts';
import { credentialOf } from './clients.ts';

/** Access tokens of Microsoft Entra ID for one API. */
export interface EntraTokens {
  /**
   * @param fresh the last one was refused: asks for another, past every cache
   * @throws TransientError `entra-refused`, which says what to correct, or `entra-unavailable`
   */
  get(fresh: boolean): Promise<string>;
}

export interface EntraApp {
  readonly tenantId: string;
  readonly clientId: string;
  /** Newest first; the next one is tried where the newest is refused, so that a secret can be rotated. */
  readonly secrets: () => Promise<readonly string[]>;
  /** Where it is asked; the default is the public cloud. */
  readonly authorityHost?: string | undefined;
  /** Replaces the network, in tests. */
  readonly httpClient?: ClientSecretCredentialOptions['httpClient'] | undefined;
}

/** Client credentials (OAuth 2.0) with a secret. The SDK keeps a token until shortly before it ends. */
export function appTokens(app: EntraApp, scope: string): EntraTokens {
  const { tenantId, clientId, authorityHost, httpClient } = app;
  const known = new Map<string, ClientSecretCredential>();
  const options: ClientSecretCredentialOptions = {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    ...(httpClient === undefined ? {} : { httpClient }),
    // What is asked of the authority is one token; whether the authority exists is seen by that.
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 2, retryDelayInMs: 500 },
  };
  const credential = (secret: string, fresh: boolean): ClientSecretCredential => {
    const found = fresh ? undefined : known.get(secret);
    if (found) return found;
    const made = new ClientSecretCredential(tenantId, clientId, secret, options);
    known.clear();
    known.set(secret, made);
    return made;
  };
  return {
    async get(fresh) {
      let refusal: unknown;
      for (const secret of await app.secrets()) {
        try {
          const token = await credential(secret, fresh).getToken(scope);
          return token.token;
        } catch (thrown) {
          refusal = thrown;
          if (!SECRET_REFUSED.test(messageOf(thrown))) break;
        }
      }
      throw explained(refusal, app);
    },
  };
}

/** Tokens of the app's own managed identity, where no secret is needed at all. */
export function identityTokens(identityClientId: string | undefined, scope: string): EntraTokens {
  return {
    async get() {
      try {
        const token = await credentialOf(identityClientId).getToken(scope);
        if (token) return token.token;
      } catch (thrown) {
        throw new TransientError('entra-unavailable', `No token for ${scope}: ${firstLine(thrown)}`, {
          cause: thrown,
        });
      }
      throw new TransientError('entra-unavailable', `No token for ${scope}`);
    },
  };
}

const SECRET_REFUSED = /AADSTS(?:7000215|7000222|7000212)\b/;

/** The refusals that a wrong setting leads to, and what to do about each. */
const REFUSALS: readonly (readonly [code: RegExp, what: string])[] = [
  [
    /AADSTS(?:90002|900023|900021)\b|endpoints_resolution_error|openid_config/,
    'there is no such tenant: correct Dynamics__tenantId',
  ],
  [/AADSTS700016\b/, 'the tenant does not know the app: correct Dynamics__clientId or Dynamics__tenantId'],
  [/AADSTS7000215\b/, 'the client secret is wrong: put the value of the secret, not its id, into Key Vault'],
  [/AADSTS7000222\b/, 'the client secret has expired: make a new one in Entra and put it into Key Vault'],
  [/AADSTS(?:500011|650057|70011)\b/, 'the tenant does not know the environment: correct Dynamics__url'],
  [
    /AADSTS(?:53003|7000112|65001)\b/,
    'the app is disabled, or a policy or missing consent blocks it: ask the administrator of the tenant',
  ],
];

function explained(thrown: unknown, { tenantId, clientId }: EntraApp): TransientError {
  const text = messageOf(thrown);
  const known = REFUSALS.find(([code]) => code.test(text));
  if (!known)
    return new TransientError(
      'entra-unavailable',
      `Microsoft Entra ID gives no token: ${firstLine(thrown)}`,
      {
        cause: thrown,
      },
    );
  return new TransientError(
    'entra-refused',
    `Microsoft Entra ID refuses app ${clientId} in tenant ${tenantId}: ${known[1]} (${firstLine(thrown)})`,
    { cause: thrown },
  );
}

const MAX_SAID = 200;
const firstLine = (thrown: unknown): string =>
  (messageOf(thrown).split('\n')[0] ?? '').trim().slice(0, MAX_SAID);
