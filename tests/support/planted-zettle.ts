import type { Plants, PlantedSource } from './planted-source.ts';
import {
  ZETTLE_KEY,
  signedZettle,
  zettleMessage,
  zettlePayment,
  zettleProduct,
  zettlePurchase,
} from './zettle-messages.ts';

/** Purchases with all that may hold a person, one that is broken, and messages of other kinds. */
export function plantedZettle({ name, card, email, freeText, id }: Plants): PlantedSource {
  const purchase = zettlePurchase(1250, 250, {
    purchaseUuid: id,
    refundsPurchaseUuid: card,
    userDisplayName: name,
    [freeText]: name,
    products: [
      zettleProduct(1250, {
        name: freeText,
        variantName: freeText,
        sku: card,
        comment: name,
        discount: { name: freeText, amount: 0 },
      }),
    ],
    payments: [
      zettlePayment('IZETTLE_CARD', 1250, {
        uuid: id,
        attributes: { cardHolder: name, maskedPan: card, referenceNumber: email },
      }),
    ],
  });
  const messages = [
    zettleMessage(purchase),
    zettleMessage({ ...purchase, purchaseUuid: 'p1', currency: 'SEK' }),
    zettleMessage({ ...purchase, purchaseUuid: 'p2', products: freeText }),
    zettleMessage({ ...purchase, purchaseUuid: undefined, currency: name }),
    zettleMessage({ uuid: card, contactEmail: email, name }, { eventName: freeText }),
    zettleMessage({ uuid: card, name }, { eventName: 'OrganizationUpdated', messageId: name }),
    zettleMessage(purchase, { payload: JSON.stringify(purchase).slice(0, -3) }),
  ];
  return {
    source: 'zettle',
    requests: () =>
      messages.map((text) => {
        const body = Buffer.from(text);
        return { source: 'zettle', body, headers: signedZettle(body, ZETTLE_KEY) };
      }),
  };
}
