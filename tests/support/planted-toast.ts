import { signToastWebhook } from '../../shared/pos/sources/toast/signature.ts';
import type { Plants, PlantedSource } from './planted-source.ts';
import { toastMessage, toastOrder } from './toast-orders.ts';

export const TOAST_SECRET = 'toast secret of the tests';

/** Toast's messages and what its API answers, with guests, deliveries and card details. */
export function plantedToast({ name, card, email, freeText, id }: Plants): PlantedSource {
  const guest = { guid: name, firstName: name, lastName: name, email };
  const checks = (price: unknown) => [
    {
      guid: 'check-1',
      displayNumber: id,
      openedDate: '2026-03-02T11:00:00.000+0000',
      paymentStatus: 'CLOSED',
      amount: 1.19,
      taxAmount: 0,
      tabName: name,
      customer: guest,
      appliedLoyaltyInfo: { loyaltyIdentifier: card },
      appliedDiscounts: [{ name: freeText, approver: { firstName: name } }],
      selections: [
        {
          guid: 's1',
          plu: card,
          displayName: freeText,
          quantity: 1,
          price,
          preDiscountPrice: 2,
          appliedTaxes: [{ name: freeText, taxAmount: 0 }],
        },
      ],
      appliedServiceCharges: [{ name: freeText, chargeAmount: 0 }],
      payments: [
        {
          guid: 'p1',
          type: 'CREDIT',
          amount: 1.19,
          paymentStatus: 'CAPTURED',
          cardHolderFirstName: name,
          first6Digits: card.slice(0, 6),
          giftCard: { cardNumber: card },
        },
      ],
    },
  ];
  const delivery = { deliveryInfo: { address1: name, notes: name }, curbsidePickupInfo: { notes: name } };
  const order = toastOrder({ ...delivery, checks: checks(1.19) });
  const messages = [
    toastMessage({ order }),
    toastMessage({ order: toastOrder({ ...delivery, checks: checks(name) }) }),
    toastMessage({ restaurantGuid: card, order }),
    toastMessage({ orderGuid: 'order-2', guest }),
    toastMessage({ guest }, { eventCategory: name }),
  ].map((message) => JSON.stringify(message));
  return {
    source: 'toast',
    requests: () =>
      [...messages, messages.at(0)?.slice(0, -3) ?? ''].map((text) => {
        const body = Buffer.from(text);
        const signature = signToastWebhook(TOAST_SECRET, body);
        return {
          source: 'toast',
          body,
          headers: { 'content-type': 'application/json', 'toast-signature': signature },
        };
      }),
    vendor: { '/orders/v2/orders/order-2': order },
  };
}
