import { z } from 'zod';
import { PermanentError } from './errors.ts';

/**
 * The only reader of the process environment. In Azure a connection names a service, reached with the app's
 * identity; on this machine it is a connection string.
 */
export type StorageConnection =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly blobServiceUri: string;
      readonly queueServiceUri: string | undefined;
      readonly tableServiceUri: string | undefined;
      readonly clientId: string | undefined;
    };

export type EventHubsConnection =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly fullyQualifiedNamespace: string;
      readonly clientId: string | undefined;
    };

/** Where secrets come from: Key Vault, or a JSON file `{"name": ["newest", "older"]}` on this machine only. */
export type SecretsLocation =
  | { readonly kind: 'key-vault'; readonly vaultUri: string; readonly clientId: string | undefined }
  | { readonly kind: 'file'; readonly path: string };

/** A Dynamics 365 environment that is asked by OData, with an app registration in Entra or with the app's own identity. */
export interface DynamicsConnection {
  /** Such as `https://contoso.operations.dynamics.com`, without a trailing slash. */
  readonly url: string;
  /** Undefined where the app's managed identity signs in, and there is no secret. */
  readonly app: { readonly tenantId: string; readonly clientId: string } | undefined;
  /** The managed identity, where several are assigned to the app. */
  readonly identityClientId: string | undefined;
  /** Of a sovereign cloud; undefined for the public one. */
  readonly authorityHost: string | undefined;
}

export interface Settings {
  readonly posEvents: EventHubsConnection;
  /** Tables, queues and blobs of the product. */
  readonly state: StorageConnection;
  /** The account of the raw landing; the same as `state` unless the setting `Raw` names another. */
  readonly raw: StorageConnection;
  readonly secrets: SecretsLocation;
  /** Undefined where the ledger comes from files alone. */
  readonly dynamics: DynamicsConnection | undefined;
  /** Address under which senders reach us, without a trailing slash; Square signs it. */
  readonly publicUrl: string;
  /** Addresses that replace those of vendors' APIs, by source: `<Source>__apiUrl`. */
  readonly vendorApiUrls: Readonly<Record<string, string | undefined>>;
  /** Addresses that replace those where vendors give out tokens, by source: `<Source>__tokenUrl`. */
  readonly vendorTokenUrls: Readonly<Record<string, string | undefined>>;
  /**
   * Whether `x-ms-client-principal` can be believed. Only a deployment that puts Easy Auth in front of the app says so,
   * with the setting `Pages__signIn`: Easy Auth sets the header and strips what others send. No other sign is enough.
   */
  readonly principalsAreTrusted: boolean;
  /**
   * Whether this is a developer's machine: the host says so, and nothing says that this is Azure. Here alone are secrets
   * read from a file and alerts sent to this machine.
   */
  readonly isDevelopment: boolean;
}

const url = z.url();
/** Every setting that the code reads, with its meaning; docs/master-data.md is made from it. */
export const settingsSchema = z.object({
  PosEvents: z
    .string()
    .min(1)
    .optional()
    .describe("Connection string of Event Hubs, on a developer's machine."),
  PosEvents__fullyQualifiedNamespace: z
    .string()
    .min(1)
    .optional()
    .describe("Host name of the Event Hubs namespace, accessed with the app's identity."),
  PosEvents__clientId: z.string().optional().describe('Client id of that identity.'),
  State: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Connection string of the storage account with tables, queues and containers, on a developer's machine.",
    ),
  State__blobServiceUri: url
    .optional()
    .describe("Blob endpoint of that account, accessed with the app's identity."),
  State__queueServiceUri: url.optional().describe('Queue endpoint of that account.'),
  State__tableServiceUri: url.optional().describe('Table endpoint of that account.'),
  State__clientId: z.string().optional().describe('Client id of that identity.'),
  Raw: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Connection string of the raw landing's storage account, on a developer's machine; the default is State.",
    ),
  Raw__blobServiceUri: url.optional().describe('Blob endpoint of the raw landing.'),
  Raw__clientId: z.string().optional().describe('Client id of that identity.'),
  KeyVault__uri: url.optional().describe('Address of the Key Vault with the secrets.'),
  KeyVault__clientId: z.string().optional().describe('Client id of that identity.'),
  Secrets__file: z
    .string()
    .min(1)
    .optional()
    .describe("JSON file of secrets instead of Key Vault; accepted only on a developer's machine."),
  Pages__signIn: z
    .literal('easy-auth')
    .optional()
    .describe('`easy-auth` if Easy Auth protects the pages; without it the pages deny all access.'),
  Dynamics__url: url
    .optional()
    .describe(
      'Address of the Dynamics 365 environment whose ledger is read, such as https://contoso.operations.dynamics.com.',
    ),
  Dynamics__tenantId: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Entra tenant of the app registration that reads Dynamics 365; its secret is `dynamics-client-secret` in Key Vault. Without it the managed identity reads.',
    ),
  Dynamics__clientId: z
    .string()
    .min(1)
    .optional()
    .describe('Client id of that app registration, or of the managed identity.'),
  Dynamics__authorityHost: url
    .optional()
    .describe('Sign-in address of a sovereign cloud, such as https://login.microsoftonline.us.'),
  Webhooks__publicUrl: url.describe("Public address of the webhooks; part of Square's signature."),
  Square__apiUrl: url
    .optional()
    .describe(
      'Address of the Square API, if not the default. `<Source>__apiUrl` does the same for every source with an API.',
    ),
});
type Environment = z.infer<typeof settingsSchema>;

/** Bicep is checked against them. */
export const SETTING_NAMES: readonly string[] = Object.keys(settingsSchema.shape);

/** @throws PermanentError naming each setting that is missing or wrong, never its value. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  // The template sets every name, and leaves those of Dynamics 365 empty where there is none.
  const given = Object.entries(environment).filter(
    ([name, value]) => value !== '' || !name.startsWith('Dynamics__'),
  );
  const parsed = settingsSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new PermanentError('bad-settings', `Correct these app settings: ${faults.join('; ')}`);
  }
  const found = parsed.data;
  const state = stateConnection(found);
  const isDevelopment = saysDevelopment(environment);
  return {
    posEvents: eventHubsConnection(found),
    state,
    raw: rawConnection(found) ?? state,
    secrets: secretsLocation(found, isDevelopment),
    dynamics: dynamicsConnection(found, isDevelopment),
    publicUrl: found.Webhooks__publicUrl.replace(/\/+$/, ''),
    vendorApiUrls: vendorUrls(environment, 'apiUrl'),
    vendorTokenUrls: vendorUrls(environment, 'tokenUrl'),
    principalsAreTrusted: found.Pages__signIn !== undefined && !isSignInOff(environment),
    isDevelopment,
  };
}

/**
 * What Azure sets, plan by plan: App Service and the Premium plan set an instance id, Consumption and Flex Consumption
 * do not (Azure/azure-functions-host, EnvironmentExtensions.cs). Not CONTAINER_NAME, which other containers have as well.
 */
const AZURE_SIGNS = [
  'WEBSITE_INSTANCE_ID',
  'WEBSITE_SKU',
  'WEBSITE_SITE_NAME',
  'WEBSITE_POD_NAME',
  'WEBSITE_OWNER_NAME',
  'LEGION_SERVICE_HOST',
];

/** Core Tools and our local host set the name; Azure's host takes a missing one for Production. */
function saysDevelopment(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (
    environment['AZURE_FUNCTIONS_ENVIRONMENT'] === 'Development' &&
    AZURE_SIGNS.every((name) => environment[name] === undefined)
  );
}

/** Somebody may switch Easy Auth off in the portal and leave our setting behind; the platform then says so. */
function isSignInOff(environment: Readonly<Record<string, string | undefined>>): boolean {
  const enabled = environment['WEBSITE_AUTH_ENABLED'];
  return enabled !== undefined && enabled.toLowerCase() !== 'true';
}

const VENDOR_URL = /^([A-Z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*)__(apiUrl|tokenUrl)$/;

/** Names of settings may hold no hyphen: `CornerShop__apiUrl` and `Corner_Shop__apiUrl` are of the source `corner-shop`. */
const sourceOfSetting = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();

/** @throws PermanentError */
function vendorUrls(
  environment: Readonly<Record<string, string | undefined>>,
  what: 'apiUrl' | 'tokenUrl',
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const [, prefix, kind] = VENDOR_URL.exec(name) ?? [];
    if (prefix === undefined || kind !== what || value === undefined) continue;
    if (!url.safeParse(value).success)
      throw new PermanentError('bad-settings', `App setting ${name} is no URL`);
    found[sourceOfSetting(prefix)] = value;
  }
  return found;
}

function eventHubsConnection(found: Environment): EventHubsConnection {
  if (found.PosEvents__fullyQualifiedNamespace !== undefined) {
    return {
      kind: 'identity',
      fullyQualifiedNamespace: found.PosEvents__fullyQualifiedNamespace,
      clientId: found.PosEvents__clientId,
    };
  }
  if (found.PosEvents !== undefined) return { kind: 'connection-string', connectionString: found.PosEvents };
  throw missing('PosEvents__fullyQualifiedNamespace', 'PosEvents');
}

function stateConnection(found: Environment): StorageConnection {
  if (found.State__blobServiceUri !== undefined) {
    return {
      kind: 'identity',
      blobServiceUri: found.State__blobServiceUri,
      queueServiceUri: found.State__queueServiceUri,
      tableServiceUri: found.State__tableServiceUri,
      clientId: found.State__clientId,
    };
  }
  if (found.State !== undefined) return { kind: 'connection-string', connectionString: found.State };
  throw missing('State__blobServiceUri', 'State');
}

function rawConnection(found: Environment): StorageConnection | undefined {
  if (found.Raw__blobServiceUri !== undefined) {
    return {
      kind: 'identity',
      blobServiceUri: found.Raw__blobServiceUri,
      queueServiceUri: undefined,
      tableServiceUri: undefined,
      clientId: found.Raw__clientId,
    };
  }
  return found.Raw === undefined ? undefined : { kind: 'connection-string', connectionString: found.Raw };
}

function secretsLocation(found: Environment, isDevelopment: boolean): SecretsLocation {
  if (found.KeyVault__uri !== undefined) {
    return { kind: 'key-vault', vaultUri: found.KeyVault__uri, clientId: found.KeyVault__clientId };
  }
  if (found.Secrets__file === undefined) throw missing('KeyVault__uri', 'Secrets__file');
  if (isDevelopment) return { kind: 'file', path: found.Secrets__file };
  throw new PermanentError(
    'bad-settings',
    "App setting Secrets__file is for a developer's machine alone, where AZURE_FUNCTIONS_ENVIRONMENT is Development. " +
      'Set KeyVault__uri instead',
  );
}

/** The token would be readable on its way to an address without TLS, so only a developer's machine may have one. */
function dynamicsConnection(found: Environment, isDevelopment: boolean): DynamicsConnection | undefined {
  const { Dynamics__url: address, Dynamics__tenantId: tenantId, Dynamics__clientId: clientId } = found;
  if (address === undefined) return undefined;
  if (!isDevelopment && !address.startsWith('https://'))
    throw new PermanentError('bad-settings', 'App setting Dynamics__url must begin with https://');
  if (tenantId !== undefined && clientId === undefined)
    throw new PermanentError(
      'bad-settings',
      'App setting Dynamics__clientId is missing: Dynamics__tenantId needs it',
    );
  return {
    url: address.replace(/\/+$/, '').replace(/\/data$/, ''),
    app: tenantId === undefined || clientId === undefined ? undefined : { tenantId, clientId },
    identityClientId: clientId ?? found.State__clientId,
    authorityHost: found.Dynamics__authorityHost,
  };
}

function missing(inAzure: string, here: string): PermanentError {
  return new PermanentError(
    'bad-settings',
    `App setting ${inAzure} (in Azure) or ${here} (on this machine) is missing`,
  );
}
