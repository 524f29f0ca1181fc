import { cachedSecrets, secretReader, validVersions } from '../../shared/azure/secrets.ts';
import { jsonLogger } from '../../shared/log.ts';

function fixture() {
  let nowMs = 0;
  const lines: string[] = [];
  const held: { values: readonly string[] | Error; reads: number } = { values: ['one'], reads: 0 };
  const secrets = cachedSecrets({
    read() {
      held.reads += 1;
      return held.values instanceof Error ? Promise.reject(held.values) : Promise.resolve(held.values);
    },
    refreshMs: 60_000,
    clock: () => nowMs,
    log: jsonLogger((_level, line) => {
      lines.push(line);
    }),
  });
  /** Passes time, asks once, and lets the read behind the scenes end. */
  const later = async (ms: number) => {
    nowMs += ms;
    await secrets.get('s');
    await new Promise((resolve) => setImmediate(resolve));
    return secrets.get('s');
  };
  return { secrets, held, lines, later, passMs: (ms: number) => (nowMs += ms) };
}

test('a secret is read once by all who ask at once, and again after its time', async () => {
  const { secrets, held, later } = fixture();
  expect(await Promise.all([secrets.get('s'), secrets.get('s')])).toEqual([['one'], ['one']]);
  expect(held.reads).toBe(1);
  held.values = ['two', 'one', 'zero'];
  expect(await later(59_999)).toEqual(['one']);
  // No more than two are valid at once.
  expect(await later(1)).toEqual(['two', 'one']);
});

test('while the vault is away the last known value stays, and the log says so', async () => {
  const { secrets, held, later, lines } = fixture();
  await secrets.get('s');
  held.values = new Error('the vault is away');
  expect(await later(60_000)).toEqual(['one']);
  expect(await later(600_000)).toEqual(['one']);
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'error' },
    { level: 'error' },
  ]);
  held.values = ['two'];
  expect(await later(60_000)).toEqual(['two']);
});

test('revoking the only secret takes effect, also where nobody asked for long and where the vault was away before', async () => {
  const { secrets, held, later, lines, passMs } = fixture();
  await secrets.get('s');
  held.values = new Error('the vault is away');
  expect(await later(60_000)).toEqual(['one']);
  held.values = [];
  // The first request after a quiet hour must not pass on a secret that was revoked within that hour.
  passMs(3_600_000);
  await expect(secrets.get('s')).rejects.toMatchObject({ code: 'secret-missing' });
  expect(await secrets.find('s')).toBeUndefined();
  expect(lines.at(-1)).toContain('revoked');
  // The vault away again: what was revoked stays revoked.
  held.values = new Error('the vault is away');
  passMs(3_600_000);
  expect(await secrets.find('s')).toBeUndefined();
});

test('a vault that does not answer holds up only those who ask first', async () => {
  let nowMs = 0;
  let answer: Promise<readonly string[]> = Promise.resolve(['one']);
  const secrets = cachedSecrets({
    read: () => answer,
    refreshMs: 10,
    clock: () => nowMs,
    log: jsonLogger(() => undefined),
    waitMs: 1,
  });
  await secrets.get('s');
  answer = new Promise(() => undefined);
  nowMs = 20;
  expect(await secrets.get('s')).toEqual(['one']);
  expect(await secrets.get('s')).toEqual(['one']);
});

test('a secret that was never there is asked for at most every five seconds, and found once it is there', async () => {
  const { secrets, held, passMs } = fixture();
  held.values = [];
  for (let call = 0; call < 3; call += 1) {
    await expect(secrets.get('s')).rejects.toMatchObject({ code: 'secret-missing' });
  }
  expect(held.reads).toBe(1);
  held.values = ['one'];
  passMs(5_000);
  expect(await secrets.get('s')).toEqual(['one']);
});

test('of the versions in a vault the two newest count that are enabled and within their time', () => {
  const at = (ms: number) => new Date(ms);
  const version = (name: string, createdMs: number, rest: object = {}) => ({
    version: name,
    enabled: true,
    createdOn: at(createdMs),
    ...rest,
  });
  const versions = [
    version('oldest', 1),
    version('older', 2),
    version('disabled', 6, { enabled: false }),
    version('expired', 5, { expiresOn: at(100) }),
    version('to come', 7, { notBefore: at(101) }),
    version('newest', 4, { notBefore: at(100), expiresOn: at(101) }),
  ];
  expect(validVersions(versions, 100)).toEqual(['newest', 'older']);
  expect(validVersions([], 100)).toEqual([]);
});

test('a secrets file that is missing is a fault that may pass', async () => {
  const read = secretReader({ kind: 'file', path: '/nowhere/secrets.json' }, () => 0);
  await expect(read('s')).rejects.toMatchObject({ code: 'secrets-unavailable' });
});
