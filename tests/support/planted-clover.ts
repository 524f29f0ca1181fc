import type { Plants, PlantedSource } from './planted-source.ts';

export const CLOVER_AUTH_CODE = '0307e264-b33a-4913-88aa-37b10014a0b8';
const MERCHANT = '9ABCDEF123456';
const AT_MS = 1_772_449_200_000;

/** Clover's notices and what its API answers: a sale, a refund with all that may hold a person, an order that is broken. */
export function plantedClover({ name, card, email, freeText, id }: Plants): PlantedSource {
  const person = { id: card, firstName: name, emailAddresses: { elements: [{ emailAddress: email }] } };
  const order = {
    id,
    currency: 'EUR',
    paymentState: 'PARTIALLY_REFUNDED',
    modifiedTime: AT_MS,
    title: freeText,
    note: name,
    employee: { id: name, name },
    device: { id },
    customers: { elements: [person] },
    discounts: { elements: [{ name: freeText, percentageDecimal: 100_000, approver: { id: name, name } }] },
    credits: { elements: [] },
    refunds: {
      elements: [
        { id: 'R1', amount: 50, createdTime: AT_MS, payment: { id: 'P1' }, reason: name, authCode: card },
      ],
    },
  };
  const payment = {
    id: 'P1',
    amount: 107,
    result: 'SUCCESS',
    createdTime: AT_MS,
    tender: { label: freeText, labelKey: 'com.clover.tender.credit_card' },
    cardTransaction: { cardholderName: name, first6: card.slice(0, 6), vaultedCard: { token: card } },
    employee: { id: name },
    note: name,
  };
  const line = { id: 'L1', itemCode: card, name: freeText, price: 119, note: name, userData: name };
  const path = (orderId: string): string => `/v3/merchants/${MERCHANT}/orders/${orderId}`;
  const answersOf = (orderId: string, currency: string) => [
    [`${path(orderId)}?expand=discounts,credits,voids`, { ...order, currency }],
    [`${path(orderId)}/payments?expand=tender,taxRates,refunds&limit=1000`, { elements: [payment] }],
    [`${path(orderId)}/line_items?expand=discounts,modifications&limit=1000`, { elements: [line] }],
    [`${path(orderId)}?expand=refunds,refunds.lineItems,refunds.overrideMerchantTender`, order],
  ];
  const cash = {
    elements: [
      {
        type: 'LOAD',
        amountChange: 100,
        timestamp: AT_MS,
        note: name,
        employee: { id: name, name },
        device: { id },
      },
    ],
  };
  const update = (objectId: string, more: object = {}) => ({ objectId, type: 'UPDATE', ts: AT_MS, ...more });
  const message = (...updates: object[]): string =>
    JSON.stringify({ appId: 'APP', [freeText]: name, merchants: { [MERCHANT]: updates } });
  return {
    source: 'clover',
    requests: () =>
      [
        message(update('O:O1', { memo: name }), update('O:O2'), update('CA:C1')),
        message(update(`ZZ:${card}`, { email }), { objectId: freeText, name }),
        message(update('O:1')).slice(0, -3),
      ].map((text) => ({
        source: 'clover',
        body: Buffer.from(text),
        headers: { 'content-type': 'application/json', 'x-clover-auth': CLOVER_AUTH_CODE },
      })),
    vendor: Object.fromEntries([
      ...answersOf('O1', 'EUR'),
      ...answersOf('O2', name),
      [
        `/v3/merchants/${MERCHANT}/cash_events?filter=timestamp%3E%3D${AT_MS - 900_000}&filter=timestamp%3C%3D${AT_MS + 60_000}&limit=1000`,
        cash,
      ],
    ]) as Record<string, unknown>,
  };
}
