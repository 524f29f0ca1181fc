import { PermanentError } from '../../shared/errors.ts';
import { readSettings } from '../../shared/settings.ts';

const here = {
  PosEvents: 'Endpoint=sb://localhost;UseDevelopmentEmulator=true',
  State: 'UseDevelopmentStorage=true',
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

test('a secrets file is refused in Azure', () => {
  expect(faultOf({ ...here, WEBSITE_INSTANCE_ID: 'x' }).message).toMatch('KeyVault__uri');
});
