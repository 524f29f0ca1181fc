/** Mail through a real SMTP server: TLS is never optional, the address is guarded, and every outcome has its own error. */
import type { LookupAddress } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createSendMail } from '../../functions/stream/send-mail.ts';
import type { ChannelMail } from '../../shared/alerts/channels/channel.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';

const file = (name: string): Buffer => readFileSync(join(__dirname, '../fixtures/smtp', name));
const [key, cert] = [file('localhost.key'), file('localhost.crt')];

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}
const servers: SMTPServer[] = [];
afterEach(() =>
  Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(() => done())))),
);

async function mailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    onConnect: (_session, done) => {
      connections += 1;
      done();
    },
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('no')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          isSecure: session.secure,
          user: session.user as string | undefined,
        });
        done();
      });
    },
    ...options,
  });
  // A client that does not trust us ends the connection: that is the point of some tests.
  server.on('error', () => undefined);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.server.address() as AddressInfo;
  return { received, port, connections: () => connections };
}

const mailTo = (port: number, server: Partial<ChannelMail['server']> = {}): ChannelMail => ({
  server: { host: 'localhost', port, security: 'starttls', ...server },
  from: 'alerts@example.com',
  to: ['ops@example.com', 'lead@example.com'],
  messageId: 'alert_1_ops@example.com',
  references: ['alert_1@example.com'],
  subject: '[critical] Käse ausverkauft',
  text: 'Order now.\n.\nBcc: no header\n',
  isUrgent: true,
});
const here = (_name: string, answer: (error: null, all: LookupAddress[]) => void): void =>
  answer(null, [{ address: '127.0.0.1', family: 4 }]);
const send = createSendMail({ mayStay: true, resolve: here, ca: cert, timeoutMs: 5_000 });
const faultOf = (mail: ChannelMail, sending = send) =>
  sending(mail).then(
    () => undefined,
    (thrown: unknown) => thrown as PermanentError | TransientError,
  );

test.each(['starttls', 'tls'] as const)(
  'a mail by %s arrives as it is, encrypted and signed in',
  async (security) => {
    const { received, port } = await mailServer({ secure: security === 'tls' });
    await send(mailTo(port, { security, user: 'tillstream', password: 'right' }));
    expect(received).toMatchObject([
      {
        from: 'alerts@example.com',
        to: ['ops@example.com', 'lead@example.com'],
        isSecure: true,
        user: 'tillstream',
      },
    ]);
    const text = received[0]?.text ?? '';
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    expect(head).toMatch(/^Message-ID: <alert_1_ops@example\.com>$/m);
    expect(head).toMatch(/^References: <alert_1@example\.com>$/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(head).not.toMatch(/^Bcc:/im);
    expect(text).toContain('Order now.\r\n.\r\nBcc: no header');
  },
);

test('a server that offers no STARTTLS gets nothing, not even a password', async () => {
  const { received, port } = await mailServer({ disabledCommands: ['STARTTLS'] });
  const fault = await faultOf(mailTo(port, { user: 'tillstream', password: 'right' }));
  expect(fault).toBeInstanceOf(Error);
  expect(received).toEqual([]);
});

test('a certificate of nobody, or of another name, is refused', async () => {
  const { received, port } = await mailServer();
  const untrusting = createSendMail({ mayStay: true, resolve: here, timeoutMs: 5_000 });
  expect(await faultOf(mailTo(port), untrusting)).toMatchObject({ code: 'mail-unreachable' });
  const elsewhere = createSendMail({ mayStay: true, resolve: here, ca: cert, timeoutMs: 5_000 });
  expect(await faultOf(mailTo(port, { host: '127.0.0.1' }), elsewhere)).toMatchObject({
    code: 'mail-unreachable',
  });
  expect(received).toEqual([]);
});

test('a name that leads into the network is refused before anything is sent, also with other answers beside it', async () => {
  const { connections, port } = await mailServer();
  for (const addresses of [
    ['10.0.0.4'],
    ['8.8.8.8', '127.0.0.1'],
    ['::ffff:169.254.169.254'],
    ['127.0.0.1'],
  ]) {
    const guarded = createSendMail({
      mayStay: false,
      resolve: (_name, answer) =>
        answer(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        ),
    });
    const fault = await faultOf(mailTo(port, { host: 'mail.example.com' }), guarded);
    expect(fault).toMatchObject({ code: 'webhook-host' });
    expect(fault).toBeInstanceOf(PermanentError);
  }
  expect(connections()).toBe(0);
});

test('the name is resolved once, so a second answer has no effect (DNS rebinding)', async () => {
  const { received, port } = await mailServer();
  let asked = 0;
  const rebinding = createSendMail({
    mayStay: true,
    ca: cert,
    resolve: (name, answer) => {
      asked += 1;
      here(name, answer);
    },
  });
  await rebinding(mailTo(port));
  expect([asked, received.length]).toEqual([1, 1]);
});

test('without a developer, clear text is refused whatever the route says', async () => {
  const { connections, port } = await mailServer();
  const strict = createSendMail({
    mayStay: false,
    resolve: (_name, answer) => answer(null, [{ address: '8.8.8.8', family: 4 }]),
  });
  expect(await faultOf(mailTo(port, { host: 'mail.example.com', security: 'none' }), strict)).toMatchObject({
    code: 'mail-refused',
  });
  expect(connections()).toBe(0);
});

const replying =
  (responseCode: number) => (_address: unknown, _session: unknown, done: (error?: Error) => void) =>
    done(Object.assign(new Error('ops@example.com is unknown'), { responseCode }));

test.each([
  [550, PermanentError, 'mail-refused'],
  [451, TransientError, 'mail-unreachable'],
] as const)('a reply of %i to every recipient', async (code, kind, name) => {
  const { port } = await mailServer({ onRcptTo: replying(code) });
  const fault = await faultOf(mailTo(port));
  expect(fault).toBeInstanceOf(kind);
  expect(fault?.code).toBe(name);
  // What the server says may name people.
  expect(fault?.message).not.toContain('ops@example.com');
});

test('where some recipients are refused, the dead letter says which by their number', async () => {
  const { port, received } = await mailServer({
    onRcptTo: ({ address }, session, done) =>
      address.startsWith('lead') ? replying(550)(address, session, done) : done(),
  });
  const fault = await faultOf(mailTo(port));
  expect(received).toHaveLength(1);
  expect(fault).toMatchObject({
    code: 'mail-recipients',
    message: expect.stringContaining('number 2 in /to') as string,
  });
});

test('a wrong password is tried again: it is put right while the mail waits', async () => {
  const { port } = await mailServer();
  const fault = await faultOf(mailTo(port, { user: 'tillstream', password: 'wrong' }));
  expect(fault).toBeInstanceOf(TransientError);
  expect(fault?.code).toBe('mail-sign-in');
  expect(fault?.message).not.toContain('wrong');
});

test('a server that is not there is tried again', async () => {
  const { port } = await mailServer();
  await new Promise<void>((done) => servers.splice(0)[0]?.close(() => done()));
  expect(await faultOf(mailTo(port))).toMatchObject({ code: 'mail-unreachable' });
});
