import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSendWebhook } from '../../functions/stream/send-webhook.ts';
import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { isPublicAddress, refusalOf } from '../../shared/alerts/public-address.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.169.254',
  '169.254.0.1',
  '168.63.129.16',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.5',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::808:808',
  '100::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::',
  '3fff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  '4000::1',
  '',
  'example.com',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  ':::',
  '1::2::3',
  '12345::',
  '::g',
  '1:2:3:4:5:6:7:8:9',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:4860:4860::8888',
  '2606:4700::1111',
  '2a00:1450:4001:80b::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '2001:200::1',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  ['http://alerts.example.com/in', 'https://'],
  ['ftp://alerts.example.com', 'https://'],
  ['file:///etc/passwd', 'https://'],
  ['not a url', 'must be a URL'],
  ['https://ada:secret@alerts.example.com/', 'user name or password'],
  ['https://127.0.0.1/', 'public address'],
  ['https://127.1/', 'public address'],
  ['https://2130706433/', 'public address'],
  ['https://0x7f.0.0.1/', 'public address'],
  ['https://0177.0.0.1/', 'public address'],
  ['https://１２７.0.0.1/', 'public address'],
  ['https://169.254.169.254/metadata/identity', 'public address'],
  ['https://168.63.129.16/', 'public address'],
  ['https://10.0.0.4:8443/', 'public address'],
  ['https://[::1]/', 'public address'],
  ['https://[::ffff:169.254.169.254]/', 'public address'],
  ['https://[::127.0.0.1]/', 'public address'],
  ['https://[fd00:ec2::254]/', 'public address'],
  ['https://localhost/', 'inside a network'],
  ['https://localhost./', 'inside a network'],
  ['https://LOCALHOST/', 'inside a network'],
  ['https://alerts/', 'inside a network'],
  ['https://printer.local/', 'inside a network'],
  ['https://metadata.google.internal/', 'inside a network'],
])('a route to %s is refused', (url, why) => {
  expect(refusalOf(url)).toContain(why);
  const file = alertRoutesFileSchema.safeParse({ routes: [{ name: 'all', channel: 'webhook', url }] });
  expect(file.error?.issues[0]?.path).toEqual(['routes', 0, 'url']);
});

test('a route to a host on the internet is taken; this machine only for a developer', () => {
  for (const url of [
    'https://alerts.example.com/in?x=1',
    'https://alerts.example.com:8443/',
    'https://8.8.8.8/',
    'https://bücher.example/',
  ])
    expect(refusalOf(url)).toBeUndefined();
  const here = { routes: [{ name: 'all', channel: 'webhook', url: 'http://127.0.0.1:9000/alerts' }] };
  expect(alertRoutesFileSchema.safeParse(here).success).toBe(false);
  expect(localAlertRoutesFileSchema.safeParse(here).success).toBe(true);
  expect(refusalOf('http://localhost:9000/', true)).toBeUndefined();
  expect(refusalOf('http://10.0.0.4/', true)).toContain('https://');
  expect(refusalOf('https://169.254.169.254/', true)).toContain('public address');
});

describe('sending', () => {
  const message = { headers: {}, body: '{}' };
  const resolvingTo =
    (...addresses: string[]) =>
    (_: string, answer: (error: null, found: LookupAddress[]) => void) =>
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const outcomeOf = (url: string, ...addresses: string[]): Promise<unknown> =>
    createSendWebhook({ mayStay: false, resolve: resolvingTo(...addresses), timeoutMs: 2_000 })({
      ...message,
      url,
    }).catch((thrown: unknown) => thrown);

  test('a name that leads to a private address is refused when the connection is made, and nothing arrives', async () => {
    let connections = 0;
    const server = createServer().on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      for (const addresses of [
        ['127.0.0.1'],
        ['8.8.8.8', '127.0.0.1'],
        ['::ffff:127.0.0.1'],
        ['169.254.169.254'],
        ['fd00::1'],
      ]) {
        const outcome = await outcomeOf(`https://rebound.example.com:${port}/`, ...addresses);
        expect(outcome).toBeInstanceOf(PermanentError);
        expect(outcome).toMatchObject({ code: 'webhook-host' });
      }
      expect(connections).toBe(0);
    } finally {
      server.close();
    }
  });

  test('a name is resolved once, and the address that was checked is the one that is called', async () => {
    const asked: string[] = [];
    const send = createSendWebhook({
      mayStay: true,
      resolve: (hostname, answer) => {
        asked.push(hostname);
        // The second answer would lead elsewhere, as that of a rebinding name server does.
        answer(null, [{ address: asked.length === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
      },
    });
    const server = createServer((request, response) => {
      request.resume();
      response.end(request.headers.host);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await send({ ...message, url: `http://localhost:${port}/` });
      expect(asked).toEqual(['localhost']);
    } finally {
      server.close();
    }
  });

  test('outside of development this machine is refused before anything is resolved', async () => {
    for (const url of ['http://127.0.0.1:1/', 'https://127.0.0.1:1/', 'https://localhost:1/'])
      expect(await outcomeOf(url, '8.8.8.8')).toMatchObject({ code: 'webhook-host' });
  });

  test('a name that cannot be resolved passes', async () => {
    const send = createSendWebhook({
      mayStay: false,
      resolve: (_, answer) =>
        answer(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), []),
    });
    await expect(send({ ...message, url: 'https://alerts.example.com/' })).rejects.toThrow(TransientError);
  });
});
