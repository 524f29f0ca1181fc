import { z } from 'zod';
import { adyenManualCaptureSource, adyenSource } from '../../shared/pos/sources/adyen/source.ts';
import { signShopifyWebhook } from '../../shared/pos/sources/shopify/signature.ts';
import { signSquareWebhook } from '../../shared/pos/sources/square/signature.ts';
import type { PosSource } from '../../shared/pos/event.ts';
import type { WebhookSource } from '../../shared/pos/sources/source.ts';
import { signStripeWebhook } from '../../shared/pos/sources/stripe/signature.ts';
import { wireBodySchema } from '../../shared/pos/sources/tillstream/wire-schema.ts';
import { ADYEN_KEYS, adyenItem, modification, notification, signedItems } from './adyen-items.ts';
import { plantedClover } from './planted-clover.ts';
import { plantedDynamicsCommerce } from './planted-dynamics-commerce.ts';
import { plantedZettle } from './planted-zettle.ts';
import { plantedLightspeedX } from './planted-lightspeed-x.ts';
import { plantedToast } from './planted-toast.ts';
import type { PlantedRequest, PlantedSource, Plants } from './planted-source.ts';
import { signedHeaders, SQUARE_KEY } from './webhook-fixture.ts';

/**
 * Payloads of every source with card and personal data in all of their texts, for the test of promise P6. A source to
 * come adds itself to `PLANTED_SOURCES`.
 */

/** What must not be found anywhere. Names are planted only where they can be recognised, which excludes free text. */
const NAME = 'Zacharias Mustermann';
const CARD = '4012888888881881';
const GROUPED_CARD = '5105-1051-0510-5100';
const TRACKED_CARD = '6011111111111117';
const EMAIL = 'zach.m@example.org';
const LOYALTY = 'LOY-778899001';
const GIFT_CARD = '6277880099112233';
const PHONE = '+49 170 5551234';
const IBAN = 'DE89 3704 0044 0532 0130 00';
const FREE_TEXT = `for ${EMAIL}, ${PHONE}, ${IBAN}, ${GROUPED_CARD} exp 12/27 cvv 987, %B${TRACKED_CARD}^MUSTERMANN/Z^29121010000000000?`;
/** An id, a key of Azure, a file's cell: with a card number, and without what keys may not hold. */
const ID = `R-${CARD}`;

const SECRET_TEXTS = ['zacharias', 'mustermann', 'zach.m@', LOYALTY.toLowerCase(), 'cvv 987', 'exp 12/27'];
const SECRET_NUMBERS = [
  CARD,
  '5105105105105100',
  TRACKED_CARD,
  GIFT_CARD,
  '491705551234',
  '89370400440532013000',
];

/** What of the planted data the text holds, however it is written. */
export function plantedIn(text: string): string[] {
  const lower = text.toLowerCase();
  // Digits in one place, with whatever separates them; the digits of different fields do not make a number.
  const numbers = [...text.matchAll(/\d(?:[^\p{L}\p{N}"<>]{0,3}\d){9,}/gu)].map(([run]) =>
    run.replace(/\D/g, ''),
  );
  return [
    ...SECRET_TEXTS.filter((secret) => lower.includes(secret)),
    ...SECRET_NUMBERS.filter((secret) => numbers.some((digits) => digits.includes(secret))),
  ];
}

const PLANTS: Plants = { name: NAME, card: CARD, email: EMAIL, freeText: FREE_TEXT, id: ID };

export const SHOPIFY_SECRET = 'client secret of the tests';
export const STRIPE_SECRET = 'whsec_of_the_tests';
export const PUBLIC_URL = 'http://127.0.0.1:1';

const standard = (source: PosSource, text: string, nowMs: number): PlantedRequest => {
  const body = Buffer.from(text);
  return { source, body, headers: signedHeaders(body, { source }, nowMs) };
};

type Json = Readonly<Record<string, unknown>>;

/** A value for each field of the schema, texts planted by the name of their field. */
function sampleOf(schema: Json, field = ''): unknown {
  const [first] = (schema['oneOf'] ?? schema['anyOf'] ?? []) as Json[];
  if (first) return sampleOf(first, field);
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  switch (schema['type']) {
    case 'string':
      return textFor(field);
    case 'integer':
      return field === 'lineNumber' || field === 'version' ? 1 : 100;
    case 'boolean':
      return false;
    case 'array':
      return [sampleOf(schema['items'] as Json, field)];
    default: {
      const fields = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
      return Object.fromEntries(fields.map(([name, of]) => [name, sampleOf(of, name)]));
    }
  }
}

function textFor(field: string): string {
  switch (field) {
    case 'storeId':
      return 'berlin-1';
    case 'currency':
      return 'EUR';
    case 'occurredAt':
    case 'effectiveAt':
      return '2026-03-02T10:00:00Z';
    case 'businessDate':
      return '2026-03-02';
    case 'operatorId':
    case 'approvedBy':
      return NAME;
    case 'customerId':
      return LOYALTY;
    case 'giftCardNumber':
      return GIFT_CARD;
    case 'description':
    case 'reason':
    case 'label':
    case 'promotion':
      return FREE_TEXT;
    case 'productCode':
      return CARD;
    default:
      return ID;
  }
}

const wireSchema = z.toJSONSchema(wireBodySchema, { io: 'input' }) as Json;
const [anyEvent] = wireSchema['anyOf'] as Json[];
const kinds = ((anyEvent?.['oneOf'] ?? []) as Json[]).map(
  (schema) => sampleOf(schema) as Record<string, unknown>,
);

/** Each kind as it should be, with fields of its own, and in three ways broken. */
function ownEvents(): Record<string, unknown>[] {
  const extra = {
    customerName: NAME,
    memo: { deep: [NAME, LOYALTY] },
    phone: PHONE,
    [`f ${GROUPED_CARD}`]: NAME,
    clubCard: 778_899_001_123,
  };
  return kinds.flatMap((event, index) => {
    const id = (variant: string): string => `E${index}${variant}-${CARD}`;
    return [
      { ...event, id: id('a') },
      { ...event, id: id('b'), customerName: NAME },
      { ...event, id: id('c'), ...extra },
      { ...event, id: id('d'), tillId: { note: NAME, of: LOYALTY } },
      { ...event, id: id('e'), occurredAt: '2026-02-31T10:00:00Z' },
      { ...event, id: id('f'), storeId: ID },
    ];
  });
}

const own: PlantedSource = {
  source: 'tillstream',
  requests: (nowMs) => [
    standard('tillstream', JSON.stringify({ events: ownEvents() }), nowMs),
    standard('tillstream', JSON.stringify({ events: ownEvents() }).slice(0, -7), nowMs),
    // So many openings that an alert names the operator.
    standard(
      'tillstream',
      JSON.stringify({
        events: Array.from({ length: 30 }, (_, index) => ({
          id: `N${index}`,
          kind: 'drawer',
          storeId: 'berlin-1',
          tillId: 'T1',
          operatorId: NAME,
          shiftId: 'SH1',
          occurredAt: '2026-03-02T10:00:00Z',
          action: 'noSale',
          currency: 'EUR',
          amountMinor: 0,
          reason: FREE_TEXT,
        })),
      }),
      nowMs,
    ),
  ],
};

function posLogOf(sequence: number, amount: string, extra = ''): string {
  return `<Transaction TillName="${NAME}" Note="${FREE_TEXT}"><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>
<SequenceNumber>${sequence}</SequenceNumber><BusinessDayDate>2026-03-02</BusinessDayDate><EndDateTime>2026-03-02T13:15:25</EndDateTime>
<OperatorID OperatorName="${NAME}">${NAME}</OperatorID><CurrencyCode>EUR</CurrencyCode>
<RetailTransaction TransactionStatus="Delivered"><ReceiptNumber>${ID}</ReceiptNumber>
<LineItem><Sale ItemType="Stock"><POSIdentity POSIDType="GTIN"><POSItemID>${CARD}</POSItemID></POSIdentity><Description>${FREE_TEXT}</Description>
<RegularSalesUnitPrice>1.19</RegularSalesUnitPrice><ActualSalesUnitPrice>1.19</ActualSalesUnitPrice><ExtendedAmount>${amount}</ExtendedAmount><Quantity>1</Quantity>
<RetailPriceModifier MethodCode="Promotion"><Amount Action="Subtract">0.00</Amount><PromotionID>${FREE_TEXT}</PromotionID></RetailPriceModifier>
<Tax TaxID="${FREE_TEXT}"><Amount>0.19</Amount><TaxableAmount>1.00</TaxableAmount></Tax></Sale></LineItem>
<LineItem><Tender TenderType="GiftCard" TypeCode="Sale" TenderDescription="${FREE_TEXT}"><TenderID>${ID}</TenderID><Amount>1.19</Amount>
<GiftCard><GiftCardID>${GIFT_CARD}</GiftCardID></GiftCard><CreditDebit><PrimaryAccountNumber>${CARD}</PrimaryAccountNumber><CardHolderName>${NAME}</CardHolderName></CreditDebit></Tender></LineItem>
<LineItem><LoyaltyMembership><LoyaltyID>${LOYALTY}</LoyaltyID></LoyaltyMembership></LineItem>
<Customer CustomerName="${NAME}"><CustomerID>${LOYALTY}</CustomerID><Name>${NAME}</Name><CustomerExternalId>${PHONE}</CustomerExternalId><Address><City>${NAME}</City></Address></Customer>
<ReceiptText>${FREE_TEXT} ${NAME}</ReceiptText><ServedBy clerk="${NAME}">${NAME}</ServedBy><ClubNumber>778899001123</ClubNumber>
<Total TotalType="TransactionGrandAmount">1.19</Total><Total TotalType="TransactionTaxAmount">0.19</Total>${extra}</RetailTransaction></Transaction>`;
}

const posLog: PlantedSource = {
  source: 'poslog',
  requests: (nowMs) => [
    standard('poslog', `<POSLog>${posLogOf(1, '1.19')}${posLogOf(2, 'nope')}</POSLog>`, nowMs),
    standard('poslog', `<POSLog>${posLogOf(3, '1.19')}${posLogOf(4, '1.19', '<broken')}</POSLog>`, nowMs),
    standard('poslog', `<POSLog>${FREE_TEXT} ${NAME}`, nowMs),
    standard(
      'poslog',
      `<POSLog>${posLogOf(5, '1.19').replaceAll('RetailTransaction', 'LoyaltyTransaction')}</POSLog>`,
      nowMs,
    ),
  ],
};

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const person = {
  display_name: NAME,
  given_name: NAME,
  email_address: EMAIL,
  buyer_email_address: EMAIL,
  phone_number: PHONE,
  address: { address_line_1: NAME },
  note: `${FREE_TEXT} ${NAME}`,
};
const squareOrder = (id: string): Json => ({
  id,
  location_id: 'LSQ1',
  state: 'COMPLETED',
  version: 1,
  reference_id: ID,
  created_at: '2026-03-02T11:00:00Z',
  updated_at: '2026-03-02T11:05:00Z',
  closed_at: '2026-03-02T11:04:00Z',
  customer_id: LOYALTY,
  ticket_name: NAME,
  source: { name: FREE_TEXT },
  fulfillments: [{ pickup_details: { recipient: person } }],
  line_items: [
    {
      uid: 'l1',
      name: FREE_TEXT,
      variation_name: FREE_TEXT,
      note: NAME,
      quantity: '1',
      item_type: 'ITEM',
      catalog_object_id: CARD,
      base_price_money: eur(119),
      total_tax_money: eur(19),
      total_money: eur(119),
      applied_discounts: [{ discount_uid: 'd1', applied_money: eur(0) }],
    },
  ],
  discounts: [{ uid: 'd1', name: FREE_TEXT }],
  service_charges: [{ uid: 's1', name: FREE_TEXT, total_money: eur(0), total_tax_money: eur(0) }],
  tenders: [
    {
      id: 'T1',
      type: 'CARD',
      amount_money: eur(119),
      note: NAME,
      customer_id: LOYALTY,
      card_details: { card: { cardholder_name: NAME, last_4: '1881', fingerprint: LOYALTY } },
    },
  ],
  total_money: eur(119),
  metadata: { who: NAME },
});

const squareNotice = (type: string, object: unknown, id = 'x'): string =>
  JSON.stringify({
    merchant_id: 'M1',
    type,
    event_id: `e-${type}-${id}`,
    created_at: '2026-03-02T11:05:00Z',
    data: { type, id, object },
  });

const square: PlantedSource = {
  source: 'square',
  requests: (nowMs) => {
    void nowMs;
    return [
      squareNotice('order.updated', { order_updated: { order_id: 'ORDER1', version: 1, ...person } }),
      squareNotice('order.updated', { order_updated: { order_id: 'BROKEN', version: 1, ...person } }, 'b'),
      squareNotice('payment.updated', {
        payment: {
          id: 'P1',
          order_id: 'ORDER1',
          card_details: { card: { cardholder_name: NAME } },
          ...person,
        },
      }),
      squareNotice('payment.updated', { payment: { id: 'P2', ...person } }, 'no-order'),
      squareNotice('inventory.count.updated', {
        inventory_counts: [
          {
            catalog_object_id: CARD,
            state: 'IN_STOCK',
            location_id: 'LSQ1',
            quantity: '5',
            calculated_at: '2026-03-02T11:05:00Z',
            note: NAME,
          },
        ],
      }),
      squareNotice(
        'inventory.count.updated',
        { inventory_counts: [{ catalog_object_id: { who: NAME } }] },
        'broken',
      ),
      squareNotice('customer.created', { customer: person }, CARD),
      squareNotice('customer.created', { customer: person }).slice(0, -4),
    ].map((text) => {
      const body = Buffer.from(text);
      const signature = signSquareWebhook(SQUARE_KEY, `${PUBLIC_URL}/webhooks/square`, body);
      return {
        source: 'square',
        body,
        headers: { 'content-type': 'application/json', 'x-square-hmacsha256-signature': signature },
      };
    });
  },
  vendor: {
    '/v2/orders/search': { orders: [] },
    '/v2/orders/ORDER1': { order: squareOrder('ORDER1') },
    '/v2/orders/BROKEN': {
      order: { ...squareOrder('BROKEN'), closed_at: NAME, updated_at: NAME, created_at: NAME },
    },
  },
};

const shopifyPerson = {
  email: EMAIL,
  contact_email: EMAIL,
  phone: PHONE,
  note: `${FREE_TEXT} ${NAME}`,
  note_attributes: [{ name: NAME, value: FREE_TEXT }],
  customer: {
    id: 778899001,
    first_name: NAME,
    last_name: NAME,
    email: EMAIL,
    default_address: { name: NAME },
  },
  billing_address: { name: NAME, address1: NAME, phone: PHONE },
  shipping_address: { name: NAME, zip: NAME },
};
const shopifyOrder = (orderId: number): Json => ({
  ...shopifyPerson,
  id: orderId,
  name: ID,
  source_name: 'pos',
  location_id: 7001,
  financial_status: 'paid',
  currency: 'EUR',
  presentment_currency: 'EUR',
  taxes_included: true,
  created_at: '2026-03-02T11:00:00Z',
  processed_at: '2026-03-02T11:00:00Z',
  updated_at: '2026-03-02T11:05:00Z',
  total_price: '1.19',
  discount_applications: [{ type: 'manual', title: FREE_TEXT }],
  line_items: [
    {
      id: 1,
      sku: CARD,
      title: FREE_TEXT,
      variant_title: FREE_TEXT,
      vendor: NAME,
      properties: [{ name: NAME, value: NAME }],
      quantity: 1,
      price: '1.19',
      discount_allocations: [{ amount: '0.00', discount_application_index: 0 }],
      tax_lines: [{ title: FREE_TEXT, rate: 0.19, price: '0.19' }],
    },
  ],
  refunds: [],
});

const shopify: PlantedSource = {
  source: 'shopify',
  requests: () =>
    [
      JSON.stringify(shopifyOrder(4001)),
      JSON.stringify(shopifyOrder(4002)),
      JSON.stringify(shopifyOrder(4003)),
      JSON.stringify({ ...shopifyPerson, id: CARD, message: NAME }),
      JSON.stringify(shopifyOrder(4001)).slice(0, -3),
    ].map((text) => {
      const body = Buffer.from(text);
      const signature = signShopifyWebhook(SHOPIFY_SECRET, body);
      return {
        source: 'shopify',
        body,
        headers: { 'content-type': 'application/json', 'x-shopify-hmac-sha256': signature },
      };
    }),
  vendor: {
    '/orders/4001.json': { order: shopifyOrder(4001) },
    '/orders/4002.json': { order: { ...shopifyOrder(4002), currency: NAME } },
    '/orders/4003.json': { order: shopifyOrder(4003) },
    ...Object.fromEntries(
      [4001, 4002, 4003].map((orderId) => [
        `/orders/${orderId}/transactions.json`,
        {
          transactions: [
            {
              id: orderId + 1000,
              kind: 'sale',
              status: 'success',
              gateway: FREE_TEXT,
              amount: '1.19',
              currency: 'EUR',
              source_name: 'pos',
              processed_at: '2026-03-02T11:00:01Z',
              message: NAME,
              receipt: { gift_card_id: GIFT_CARD, owner: NAME },
              payment_details: {
                credit_card_name: NAME,
                credit_card_number: CARD,
                credit_card_company: 'Visa',
              },
            },
          ],
        },
      ]),
    ),
  },
};

const stripePayment = (paymentId: string): Json => ({
  id: paymentId,
  livemode: true,
  status: 'succeeded',
  currency: 'eur',
  amount: 119,
  amount_received: 119,
  created: 1_772_449_200,
  description: FREE_TEXT,
  receipt_email: EMAIL,
  shipping: { name: NAME, phone: PHONE },
  metadata: { store: 'B1', receipt: ID, operator: NAME, guest: NAME, [FREE_TEXT]: NAME },
  latest_charge: {
    id: `ch_${CARD}`,
    status: 'succeeded',
    created: 1_772_449_200,
    billing_details: { name: NAME, email: EMAIL, address: { line1: NAME } },
    payment_method_details: { card_present: { cardholder_name: NAME, last4: '1881', reader: ID } },
  },
});
const stripeEvent = (object: Json): string =>
  JSON.stringify({
    id: `evt_${CARD}`,
    type: FREE_TEXT,
    livemode: true,
    data: { object },
    request: { who: NAME },
  });

const stripe: PlantedSource = {
  source: 'stripe',
  requests: (nowMs) =>
    [
      ...['pi_1', 'pi_2', 'pi_3'].map((paymentId) =>
        stripeEvent({ ...stripePayment(paymentId), object: 'payment_intent' }),
      ),
      stripeEvent({ id: CARD, object: 'customer', name: NAME, email: EMAIL }),
      stripeEvent({ object: 'customer', name: NAME }).slice(0, -3),
    ].map((text) => {
      const body = Buffer.from(text);
      const timestampS = Math.floor(nowMs / 1000);
      const signature = signStripeWebhook(STRIPE_SECRET, timestampS, body);
      return {
        source: 'stripe',
        body,
        headers: {
          'content-type': 'application/json',
          'stripe-signature': `t=${timestampS},v1=${signature}`,
        },
      };
    }),
  vendor: Object.fromEntries(
    ['pi_1', 'pi_2', 'pi_3'].flatMap((paymentId) => [
      [
        `/v1/payment_intents/${paymentId}?expand[]=latest_charge`,
        paymentId === 'pi_2' ? { ...stripePayment(paymentId), currency: NAME } : stripePayment(paymentId),
      ],
      [`/v1/refunds?payment_intent=${paymentId}&limit=100`, { has_more: false, data: [] }],
    ]),
  ),
};

const adyenPerson = {
  shopperName: NAME,
  shopperEmail: EMAIL,
  shopperReference: LOYALTY,
  'metadata.guest': NAME,
  cardHolderName: NAME,
  expiryDate: '12/2027',
  [FREE_TEXT]: NAME,
};
/** @param paid makes an item that is money to this source. */
const adyenOf = (source: WebhookSource, paid: (item: Json, data: Json) => Json): PlantedSource => ({
  source: source.source,
  requests: (nowMs) => {
    const items = [
      paid({ merchantReference: ID, reason: `${NAME} ${FREE_TEXT}` }, adyenPerson),
      paid({ pspReference: CARD, merchantReference: FREE_TEXT, paymentMethod: CARD }, adyenPerson),
      paid({ pspReference: 'P3', eventDate: NAME }, adyenPerson),
      modification('REFUND', { merchantAccountCode: CARD, reason: NAME }, adyenPerson),
      modification('PAYOUT_DECLINE', { merchantReference: ID }, adyenPerson),
    ];
    const text = JSON.stringify(notification(items));
    const platform = JSON.stringify({ type: FREE_TEXT, data: { holder: NAME } });
    const bodies = [signedItems(Buffer.from(text), ADYEN_KEYS[0])];
    return [
      ...bodies.map((body) => ({
        source: source.source,
        body,
        headers: { 'content-type': 'application/json' },
      })),
      ...[platform, text.slice(0, -3)].map((sent) => {
        const body = Buffer.from(sent);
        const signature = source.sign({ body, secret: ADYEN_KEYS[0], notificationUrl: '', nowMs });
        return { source: source.source, body, headers: { 'content-type': 'application/json', ...signature } };
      }),
    ];
  },
});

export const PLANTED_SOURCES: readonly PlantedSource[] = [
  own,
  posLog,
  square,
  shopify,
  stripe,
  adyenOf(adyenSource, adyenItem),
  adyenOf(adyenManualCaptureSource, (item, data) => modification('CAPTURE', item, data)),
  plantedClover(PLANTS),
  plantedZettle(PLANTS),
  plantedToast(PLANTS),
  plantedLightspeedX(PLANTS),
  plantedDynamicsCommerce(PLANTS),
];

/** A ledger export whose references hold what the events hold. */
export const PLANTED_LEDGER = `JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber
J1,V-${TRACKED_CARD},2026-03-02,401000,BER1,EUR,-1.00,${ID}
J1,V-${TRACKED_CARD},2026-03-02,110100,BER1,EUR,1.00,R-5105-1051-0510-5100
J1,V2,2026-03-02,401000,BER1,EUR,${GROUPED_CARD},${ID}
`;
