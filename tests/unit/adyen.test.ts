import { adyenManualCaptureSource, adyenSource } from '../../shared/pos/sources/adyen/source.ts';
import { signAdyenItem } from '../../shared/pos/sources/adyen/signature.ts';
import {
  ADYEN_KEYS,
  OTHER_ADYEN_KEY,
  adyenItem,
  modification,
  notification,
  signedItems,
} from '../support/adyen-items.ts';
import { describeGolden } from '../support/golden-source.ts';
import { webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(adyenSource);
describeGolden(adyenManualCaptureSource);

const fixture = (secrets: [string, ...string[]] = [...ADYEN_KEYS]) =>
  webhookFixture({ secrets: { 'webhook-adyen': secrets } });
const post = (
  till: ReturnType<typeof fixture>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) =>
  till.post(Buffer.isBuffer(body) ? body : JSON.stringify(body), {
    source: 'adyen',
    unsigned: true,
    headers,
  });
const signed = (items: readonly object[], key: string = ADYEN_KEYS[0]) =>
  signedItems(Buffer.from(JSON.stringify(notification(items as Record<string, unknown>[]))), key);

describe('the signature of an item', () => {
  test('colons in it are not escaped, numbers and missing fields are as the vendor writes them', async () => {
    // As in the public reports of Adyen's libraries for Python (#117) and Ruby (#108): a reference with colons, a report's URL.
    const items = [
      adyenItem({ merchantReference: '14-08-2020-09:53:00', originalReference: null }),
      adyenItem({
        eventCode: 'REPORT_AVAILABLE',
        pspReference: 'report_2022-11-01T00:00:00_2022-11-02T23:59:59.csv',
        reason: 'https://ca-live.example/reports/report_2022-11-01T00:00:00.csv',
        amount: { currency: 'EUR', value: 0 },
        merchantReference: '',
      }),
    ];
    const till = fixture();
    expect(await post(till, signed(items))).toMatchObject({ status: 200, body: '[accepted]' });
    expect(till.events()).toMatchObject([{ receiptNumber: '14-08-2020-09:53:00' }]);
    expect(till.letters).toEqual([]);
  });

  test('the published text to sign, with a signature made by hand', () => {
    const item = {
      pspReference: 'pspReference',
      originalReference: 'originalReference',
      merchantAccountCode: 'merchantAccount',
      merchantReference: 'reference',
      amount: { value: 1000, currency: 'EUR' },
      eventCode: 'EVENT',
      success: 'true',
    };
    // printf 'pspReference:originalReference:merchantAccount:reference:1000:EUR:EVENT:true' | openssl dgst -sha256 -mac HMAC -macopt hexkey:44782D…
    expect(signAdyenItem(ADYEN_KEYS[0], item)).toBe('Z+0vw7Q8IVITRxBbatPzjgStFCBVmluJRqwx7ZA4pEw=');
  });

  test('one item with a bad signature costs itself alone, is never mapped, and no replay signs it', async () => {
    const good = JSON.parse(signed([adyenItem({ pspReference: 'GOOD1' })]).toString()) as {
      notificationItems: unknown[];
    };
    const bad = JSON.parse(
      signed([adyenItem({ pspReference: 'BAD1' })], OTHER_ADYEN_KEY).toString(),
    ) as typeof good;
    const none = notification([adyenItem({ pspReference: 'NONE1' })])['notificationItems'] as unknown[];
    const till = fixture();
    const body = {
      live: 'true',
      notificationItems: [...bad.notificationItems, ...good.notificationItems, ...none],
    };
    expect((await post(till, body)).status).toBe(200);
    expect(till.events().map(({ eventId }) => eventId)).toEqual(['adyen:GOOD1:AUTHORISATION']);
    expect(till.letters.map(({ code, replay }) => [code, replay.to])).toEqual([
      ['signature', 'nowhere'],
      ['signature', 'nowhere'],
    ]);
  });

  test('it does not cover the additional data; what it covers cannot be shifted into another field', async () => {
    const item = adyenItem({ merchantReference: 'a:b' });
    const additionalData = {
      ...(item['additionalData'] as object),
      hmacSignature: signAdyenItem(ADYEN_KEYS[0], item),
    };
    const till = fixture();
    // pspReference and originalReference of one text: "Q:" and "" or "Q" and ":".
    const shifted = {
      ...item,
      pspReference: 'QFQTPCQ8HXSKGK82:',
      originalReference: undefined,
      additionalData,
    };
    const { merchantAccountCode, ...rest } = { ...shifted, merchantAccountCode: 'AcmeBerlin' };
    await post(
      till,
      notification([
        { ...rest, originalReference: merchantAccountCode, merchantAccountCode: 'a', merchantReference: 'b' },
      ]),
    );
    expect(till.events()).toEqual([]);
  });

  test('a secret that is no hexadecimal key is a fault of ours, and never an empty key', async () => {
    for (const secret of ['', 'not hexadecimal', ADYEN_KEYS[0].slice(0, 20), `0x${ADYEN_KEYS[0]}`]) {
      const till = fixture([secret]);
      const forged = adyenSource.sign({
        body: Buffer.from(JSON.stringify(notification([adyenItem()]))),
        secret: ADYEN_KEYS[0],
        notificationUrl: '',
        nowMs: 0,
      });
      expect((await post(till, notification([adyenItem()]), forged)).status).toBe(503);
      expect(till.hub).toEqual([]);
    }
    // Beside a good one it is passed over.
    const till = fixture(['not hexadecimal', ADYEN_KEYS[1]]);
    expect((await post(till, signed([adyenItem()], ADYEN_KEYS[1]))).status).toBe(200);
  });

  test('basic authentication, where the secret has it, is needed as well; a replay sends it', async () => {
    const secret = `${ADYEN_KEYS[0]} adyen:p:ss wörd`;
    const authorization = `Basic ${Buffer.from('adyen:p:ss wörd').toString('base64')}`;
    const body = signed([adyenItem()]);
    expect((await post(fixture([secret]), body)).status).toBe(401);
    expect((await post(fixture([secret]), body, { authorization: 'Basic eDp5' })).status).toBe(401);
    expect((await post(fixture([secret]), body, { authorization })).status).toBe(200);
    // While it is rotated the older one counts with its own user.
    expect((await post(fixture([`${ADYEN_KEYS[1]} new:user`, secret]), body, { authorization })).status).toBe(
      200,
    );
    const headers = adyenSource.sign({ body, secret, notificationUrl: '', nowMs: 0 });
    expect(headers).toMatchObject({ authorization });
    expect((await post(fixture([secret]), body, headers)).status).toBe(200);
  });
});

test('one bad item of a batch does not fail the rest, and can be replayed once its cause is fixed', async () => {
  const items = [
    adyenItem({ pspReference: 'A1' }),
    adyenItem({ pspReference: 'A2', amount: undefined }),
    adyenItem({ pspReference: 'A3', eventDate: 'yesterday' }),
    modification('REFUND', { pspReference: 'A4', merchantAccountCode: 'AcmeElsewhere' }),
    adyenItem({ pspReference: 'A5' }),
  ];
  const till = fixture();
  expect((await post(till, signed(items))).status).toBe(200);
  expect(till.events().map(({ eventId }) => eventId)).toEqual([
    'adyen:A1:AUTHORISATION',
    'adyen:A5:AUTHORISATION',
  ]);
  expect(till.letters.map(({ code, where, replay }) => [code, where, replay.to])).toEqual([
    ['schema', '/amount', 'webhook'],
    ['schema', '/NotificationRequestItem/eventDate', 'webhook'],
    ['unknown-location', '/additionalData/store', 'webhook'],
  ]);
  // What a letter keeps is a whole notification, which the header signs.
  const [, , letter] = till.letters;
  const again = fixture();
  const payload = Buffer.from((letter?.payload ?? '').replace('AcmeElsewhere', 'AcmeBerlin'));
  const headers = adyenSource.sign({ body: payload, secret: ADYEN_KEYS[0], notificationUrl: '', nowMs: 0 });
  expect((await post(again, payload, headers)).status).toBe(200);
  expect(again.events()).toMatchObject([{ eventId: 'adyen:A4:REFUND', totals: { grossMinor: -1000 } }]);
});

test('a batch beyond any that Adyen sends is refused as a whole', async () => {
  const items = Array.from({ length: 101 }, (_, index) => adyenItem({ pspReference: `A${index}` }));
  const till = fixture();
  expect((await post(till, signed(items))).status).toBe(413);
  expect(till.letters).toMatchObject([{ code: 'too-many-events' }]);
});

test.each([
  ['of the test environment', notification([adyenItem()], 'false'), 'test-payment'],
  ['of terminal management', { type: 'terminalSettings.modified', data: {} }, 'management-notice'],
])('a webhook %s counts nowhere', async (_name, body, reason) => {
  const bytes = Buffer.from(JSON.stringify(body));
  const { ignored, events, rejected } = adyenSource.read(bytes, {
    catalog: {
      stores: new Map(),
      products: new Map(),
      storeOfSource: () => undefined,
      productOfCode: () => undefined,
    },
    pseudonymise: () => '',
    receivedAt: '',
    traceparent: '',
  });
  expect({ ignored, events, rejected }).toEqual({
    ignored: [{ index: 0, reason }],
    events: [],
    rejected: [],
  });
});

test('a webhook of the platform about money is a dead letter', async () => {
  const till = fixture();
  const body = Buffer.from(JSON.stringify({ type: 'balancePlatform.transfer.created', data: { amount: 1 } }));
  const headers = adyenSource.sign({ body, secret: ADYEN_KEYS[1], notificationUrl: '', nowMs: 0 });
  expect((await post(till, body, headers)).status).toBe(200);
  expect(till.letters).toMatchObject([{ code: 'unsupported-event-type', where: '/type' }]);
});
