import { signZettleWebhook } from '../../shared/pos/sources/zettle/signature.ts';

type Json = Readonly<Record<string, unknown>>;
export const ZETTLE_KEY = 'zLzClQLQN8yfH8aEjONeXzgJRAHR0zpD7RonFCpizujUCectBlln0vFArTbLPYa';
export const STORE = 'fd4a39a0-e2ef-11e6-ba64-85247ae2a737';
export const ORGANIZATION = 'd3f03ffa-4a18-4282-bbfa-efd5f642ffb7';

/** A message as Zettle sends it: what happened is a text of JSON within. */
export const zettleMessage = (payload: unknown, more: Json = {}): string =>
  JSON.stringify({
    organizationUuid: ORGANIZATION,
    messageUuid: '803f68c0-a110-11eb-a1cd-f7dd79ee0866',
    eventName: 'PurchaseCreated',
    messageId: '2895af2a-faba-5f51-a1cd-f7dd79ee0866',
    payload: JSON.stringify(payload),
    timestamp: '2026-03-02T11:00:00.812Z',
    ...more,
  });
export const signedZettle = (body: Buffer, secret = ZETTLE_KEY) => ({
  'content-type': 'application/json',
  'x-izettle-signature': signZettleWebhook({ body, secret }),
});

export const zettleProduct = (unitPrice: number, more: Json = {}): Json => ({
  id: '0',
  productUuid: '4a98a670-7c2e-11eb-bb38-e398536ff6aa',
  variantUuid: '4a98a671-7c2e-11eb-bb38-e398536ff6aa',
  name: 'Milk',
  variantName: '1 l',
  barcode: '4012345678901',
  unitPrice,
  quantity: '1',
  vatPercentage: 25.0,
  taxRates: [{ percentage: 25 }],
  fromLocationUuid: STORE,
  toLocationUuid: 'fd4a87c0-e2ef-11e6-bfe3-78ba29c12242',
  type: 'PRODUCT',
  details: {},
  ...more,
});
export const zettlePayment = (type: string, amount: number, more: Json = {}): Json => ({
  uuid: `pay-${type}-${amount}`,
  amount,
  type,
  attributes: { maskedPan: '535583******0000' },
  ...more,
});
/** In the form of the webhook. */
export const zettlePurchase = (amount: number, vatAmount: number, more: Json = {}): Json => ({
  purchaseUuid: '7cdf4ae2-a110-11eb-a7f9-24cfef8c2970',
  source: 'POS',
  userUuid: '7a1abbf4-b5e2-4c70-8b21-f4ec5b00c463',
  currency: 'EUR',
  country: 'DE',
  amount,
  vatAmount,
  timestamp: 1_772_449_200_798,
  created: '2026-03-02T11:00:00.798+0000',
  gpsCoordinates: { longitude: 18.1, latitude: 59.3 },
  purchaseNumber: 12_776,
  userDisplayName: 'Erika Mustermann',
  udid: '692e074e16fb8e99cafbce1c975582c1ce8dbd8f',
  organizationUuid: ORGANIZATION,
  products: [zettleProduct(amount)],
  discounts: [],
  payments: [zettlePayment('IZETTLE_CARD', amount)],
  references: { checkoutUUID: '7cdf4ae2-a110-11eb-a6f8-25ceee8d2871' },
  taxationMode: 'INCLUSIVE',
  taxationType: 'VAT',
  ...more,
});
/** The same purchase in the form of the API. */
export function inApiForm(purchase: Json): Json {
  const {
    purchaseUuid,
    refundsPurchaseUuid,
    organizationUuid: _o,
    taxationMode: _m,
    userUuid: _u,
    udid: _d,
    ...rest
  } = purchase;
  return {
    ...rest,
    purchaseUUID: 'fN9K4qEQEeun-STP74wpcA',
    purchaseUUID1: purchaseUuid,
    ...(refundsPurchaseUuid === undefined
      ? {}
      : {
          refund: true,
          refundsPurchaseUUID: 'Cx7xYH7KRziFFsjx_c9w0g',
          refundsPurchaseUUID1: refundsPurchaseUuid,
        }),
    timestamp: '2026-03-02T11:00:00.798+0000',
    userId: 5_428_764,
    organizationId: 37_295_469,
    refunded: false,
    globalPurchaseNumber: 12_776,
    groupedVatAmounts: { '25.0': 1 },
  };
}
