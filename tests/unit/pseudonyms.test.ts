import { pseudonymLines } from '../../infra/operate/pseudonyms.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { SECRETS } from '../../shared/azure/names.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { idWithoutCardNumbers } from '../../shared/privacy/card-ids.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

type Values = readonly [string, ...string[]];
/** Newest first, as the vault gives them. */
const secretsOf = (values: Readonly<Record<string, Values>>): Pick<Secrets, 'get'> => ({
  get: (name) => Promise.resolve(values[name] ?? ['other']),
});

describe('operators', () => {
  test('are pseudonyms in every place of an event, equal for equal numbers', async () => {
    const till = webhookFixture();
    const line = (wireSale()['lines'] as object[])[0];
    const lines = [{ ...line, priceOverride: { approvedBy: '438' } }];
    await till.post(JSON.stringify(wireSale({ operatorId: '437', returnOf: { operatorId: '437' }, lines })));
    const [event] = till.events() as { operatorId?: string; returnOf?: { operatorId?: string } }[];
    expect(event?.operatorId).toMatch(/^op-[\w-]{14}$/);
    expect(event?.returnOf?.operatorId).toBe(event?.operatorId);
    expect(JSON.stringify(event)).not.toMatch(/"43[78]"/);
    expect(JSON.stringify(event)).toMatch(/"approvedBy":"op-[\w-]{14}"/);
  });

  test('who holds the key finds the one behind an alert, also after the key was replaced', async () => {
    const before = await pseudonymsFrom(secretsOf({ [SECRETS.operatorKey]: ['old'] }));
    const alerted = before('operator', '437');
    const replaced = secretsOf({ [SECRETS.operatorKey]: ['new', 'old'] });
    const lines = await pseudonymLines(replaced, 'operator', ['436', ' 437 ', '438']);
    expect(lines).toHaveLength(6);
    expect(lines.filter((line) => line.startsWith(alerted))).toEqual([`${alerted}   437   (older key)`]);
    expect((await pseudonymsFrom(replaced))('operator', '437')).not.toBe(alerted);
  });
});

describe('keys', () => {
  test('an id keeps its pseudonym when a key is added, and changes when the old one is disabled', async () => {
    const idUnder = async (...keys: Values) =>
      idWithoutCardNumbers('4111111111111111', await pseudonymsFrom(secretsOf({ [SECRETS.idKey]: keys })));
    expect(await idUnder('new', 'old')).toBe(await idUnder('old'));
    expect(await idUnder('new')).not.toBe(await idUnder('old'));
  });

  test('each purpose has its own: with one key gone the other pseudonyms stay', async () => {
    const one = await pseudonymsFrom(secretsOf({ [SECRETS.pseudonymKey]: ['a'] }));
    const other = await pseudonymsFrom(secretsOf({ [SECRETS.pseudonymKey]: ['b'] }));
    expect(one('customer', '1')).not.toBe(other('customer', '1'));
    expect(one('gift-card', '1')).not.toBe(other('gift-card', '1'));
    for (const kind of ['operator', 'id'] as const) expect(one(kind, '1')).toBe(other(kind, '1'));
  });

  test('a key that is replaced counts without a restart', async () => {
    const values: Record<string, Values> = { [SECRETS.operatorKey]: ['old'] };
    const secrets = secretsOf(values);
    const before = (await pseudonymsFrom(secrets))('operator', '437');
    values[SECRETS.operatorKey] = ['new', 'old'];
    expect((await pseudonymsFrom(secrets))('operator', '437')).not.toBe(before);
  });
});
