import { PermanentError } from '../../shared/errors.ts';
import { readSettings } from '../../shared/settings.ts';

const here = {
  PosEvents: 'Endpoint=sb://localhost;UseDevelopmentEmulator=true',
  State: 'UseDevelopmentStorage=true',
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  Secrets__file: '/tmp/secrets.json',
  Webhooks__publicUrl: 'http://127.0.0.1:7071/',
};
const inAzure = {
  PosEvents__fullyQualifiedNamespace: 'ns.servicebus.example',
  PosEvents__clientId: 'id-1',
  State__blobServiceUri: 'https://state.blob.example',
  State__queueServiceUri: 'https://state.queue.example',
  State__tableServiceUri: 'https://state.table.example',
  Raw__blobServiceUri: 'https://raw.blob.example',
  KeyVault__uri: 'https://vault.example',
  Webhooks__publicUrl: 'https://pos.example',
  WEBSITE_INSTANCE_ID: 'x',
};

const faultOf = (environment: Record<string, string | undefined>): PermanentError => {
  try {
    readSettings(environment);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return thrown;
  }
  throw new Error('The settings were accepted');
};

test('connection strings serve this machine, and raw falls back to state', () => {
  const settings = readSettings(here);
  expect(settings.state).toEqual({ kind: 'connection-string', connectionString: here.State });
  expect(settings.raw).toBe(settings.state);
  expect(settings.publicUrl).toBe('http://127.0.0.1:7071');
});

test('identities serve Azure, and raw has an account of its own', () => {
  const settings = readSettings(inAzure);
  expect(settings.posEvents).toEqual({
    kind: 'identity',
    fullyQualifiedNamespace: 'ns.servicebus.example',
    clientId: 'id-1',
  });
  expect(settings.raw).toMatchObject({ kind: 'identity', blobServiceUri: 'https://raw.blob.example' });
  expect(settings.secrets).toMatchObject({ kind: 'key-vault' });
});

test('what is missing or wrong is named, without its value', () => {
  expect(faultOf({ ...here, PosEvents: undefined }).message).toMatch('PosEvents__fullyQualifiedNamespace');
  const wrong = faultOf({ ...here, Webhooks__publicUrl: 'secret-looking' });
  expect(wrong.message).toMatch('Webhooks__publicUrl');
  expect(wrong.message).not.toMatch('secret-looking');
});

/** What Flex Consumption sets, and what it does not: no WEBSITE_INSTANCE_ID (azure-functions-host, EnvironmentExtensions). */
const flex = {
  ...inAzure,
  WEBSITE_INSTANCE_ID: undefined,
  WEBSITE_SKU: 'FlexConsumption',
  WEBSITE_SITE_NAME: 'ingest-prod',
  WEBSITE_HOSTNAME: 'ingest-prod.azurewebsites.example',
  WEBSITE_OWNER_NAME: '0000+flex-99-webspace',
  WEBSITE_POD_NAME: '0--1',
  CONTAINER_NAME: '0--1',
  LEGION_SERVICE_HOST: '10.0.0.1',
  FUNCTIONS_WORKER_RUNTIME: 'node',
  FUNCTIONS_EXTENSION_VERSION: '~4',
};

describe('a principal in a header is believed only where the deployment says that a sign-in stands in front', () => {
  test.each([
    ['Flex Consumption without sign-in', flex, false],
    ['App Service without sign-in', inAzure, false],
    ["a developer's machine under func start", here, false],
    ['no variable of any platform', { ...inAzure, WEBSITE_INSTANCE_ID: undefined }, false],
    ['Easy Auth reported by the platform alone', { ...flex, WEBSITE_AUTH_ENABLED: 'True' }, false],
    ['the pages app on Flex Consumption', { ...flex, Pages__signIn: 'easy-auth' }, true],
    [
      'the pages app, sign-in reported on',
      { ...flex, Pages__signIn: 'easy-auth', WEBSITE_AUTH_ENABLED: 'True' },
      true,
    ],
    [
      'the pages app, sign-in switched off afterwards',
      { ...flex, Pages__signIn: 'easy-auth', WEBSITE_AUTH_ENABLED: 'False' },
      false,
    ],
    ['the local host', { ...here, Pages__signIn: 'easy-auth' }, true],
  ])('%s', (_, environment, trusted) => {
    expect(readSettings(environment).principalsAreTrusted).toBe(trusted);
  });

  test('another value is a fault, not a yes', () => {
    for (const value of ['true', '', 'Easy-Auth', '1'])
      expect(faultOf({ ...flex, Pages__signIn: value }).message).toMatch('Pages__signIn');
  });
});

test('secrets come from a file only where the host says Development and nothing says Azure', () => {
  expect(readSettings(here).secrets).toEqual({ kind: 'file', path: '/tmp/secrets.json' });
  expect(readSettings(here).isDevelopment).toBe(true);
  expect(readSettings(flex).isDevelopment).toBe(false);
  const file = { KeyVault__uri: undefined, Secrets__file: '/tmp/secrets.json' };
  expect(faultOf({ ...flex, ...file }).message).toMatch('KeyVault__uri');
  expect(faultOf({ ...inAzure, ...file }).message).toMatch('KeyVault__uri');
  expect(faultOf({ ...here, AZURE_FUNCTIONS_ENVIRONMENT: undefined }).message).toMatch('KeyVault__uri');
  for (const sign of ['WEBSITE_SKU', 'WEBSITE_POD_NAME', 'LEGION_SERVICE_HOST', 'WEBSITE_SITE_NAME'])
    expect(faultOf({ ...here, [sign]: 'x' }).message).toMatch('KeyVault__uri');
  // Any container may carry that name, a developer's too.
  expect(readSettings({ ...here, CONTAINER_NAME: 'x' }).isDevelopment).toBe(true);
});

test.each([
  ['Square__apiUrl', 'square'],
  ['CornerShop__apiUrl', 'corner-shop'],
  ['Corner_Shop__apiUrl', 'corner-shop'],
  ['Corner-Shop__apiUrl', 'corner-shop'],
  ['Shop24Seven__apiUrl', 'shop24-seven'],
])('%s replaces the address of the API of %s', (name, source) => {
  const found = readSettings({ ...here, [name]: 'https://api.example' });
  expect(found.vendorApiUrls).toEqual({ [source]: 'https://api.example' });
});

describe('the Dynamics 365 environment', () => {
  const dynamics = { Dynamics__url: 'https://contoso.operations.dynamics.com/data/' };

  test('is read with an app registration, or with the managed identity where there is none', () => {
    expect(readSettings(inAzure).dynamics).toBeUndefined();
    expect(readSettings({ ...inAzure, ...dynamics, State__clientId: 'id-2' }).dynamics).toEqual({
      url: 'https://contoso.operations.dynamics.com',
      app: undefined,
      identityClientId: 'id-2',
      authorityHost: undefined,
    });
    const app = { Dynamics__tenantId: 'tenant', Dynamics__clientId: 'client' };
    expect(readSettings({ ...inAzure, ...dynamics, ...app }).dynamics).toMatchObject({
      app: { tenantId: 'tenant', clientId: 'client' },
    });
  });

  test('settings that a template leaves empty are none', () => {
    const empty = {
      Dynamics__url: '',
      Dynamics__tenantId: '',
      Dynamics__clientId: '',
      Dynamics__authorityHost: '',
    };
    expect(readSettings({ ...inAzure, ...empty }).dynamics).toBeUndefined();
    expect(faultOf({ ...here, Webhooks__publicUrl: '' }).message).toMatch('Webhooks__publicUrl');
  });

  test('gets no token over plain HTTP in Azure, and no tenant without an app', () => {
    expect(faultOf({ ...inAzure, Dynamics__url: 'http://contoso.example' }).message).toMatch('https://');
    expect(faultOf({ ...inAzure, ...dynamics, Dynamics__tenantId: 't' }).message).toMatch(
      'Dynamics__clientId',
    );
    expect(readSettings({ ...here, Dynamics__url: 'http://127.0.0.1:9' }).dynamics?.url).toBe(
      'http://127.0.0.1:9',
    );
  });
});
