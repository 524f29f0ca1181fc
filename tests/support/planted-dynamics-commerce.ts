import { rowPaths } from '../../shared/pos/sources/dynamics-commerce/rows.ts';
import {
  commerceHeader,
  commerceKey,
  commerceLine,
  commercePayment,
  commerceTax,
} from './dynamics-commerce-rows.ts';
import type { Plants, PlantedSource } from './planted-source.ts';

export const COMMERCE_KEY = 'a key in the address, of the tests';

/** Business events and rows with all that may hold a person: a sale, and one whose rows are broken. */
export function plantedDynamicsCommerce({ name, card, email, freeText, id }: Plants): PlantedSource {
  const keyOf = (number: string) => ({
    dataAreaId: 'usrt',
    operatingUnit: 'HOUSTON',
    terminal: 'HOUSTON-3',
    number,
  });
  const event = (more: object): object => ({
    ...commerceKey,
    BusinessEventId: 'E',
    EventId: id,
    EventTime: '/Date(1772449200000)/',
    Customer: name,
    [freeText]: email,
    ...more,
  });
  const bodies = [
    JSON.stringify([
      event({ TransactionNumber: 'N1' }),
      event({ TransactionNumber: 'N2' }),
      event({ TransactionNumber: 'N3' }),
    ]),
    JSON.stringify(event({ TransactionNumber: undefined, BusinessEventId: card, Terminal: freeText })),
    JSON.stringify(event({ EventTime: name })),
    JSON.stringify(event({})).slice(0, -3),
  ];
  const answersOf = (number: string, currency: string) => {
    // As `fetch` writes it.
    const paths = Object.fromEntries(
      Object.entries(rowPaths(keyOf(number))).map(([list, path]) => [list, path.replaceAll("'", '%27')]),
    );
    const rows = (...value: object[]) => ({ value });
    return [
      [
        paths['headers'] ?? '',
        rows(
          commerceHeader({
            Currency: currency,
            RreceiptId: id,
            Staff: name,
            CustomerAccount: name,
            Comment: name,
          }),
        ),
      ],
      [
        paths['lines'] ?? '',
        rows(
          commerceLine({
            BarCode: card,
            ItemId: card,
            ReturnTransactionNumber: id,
            ElectronicDeliveryEmail: email,
          }),
        ),
      ],
      [
        paths['payments'] ?? '',
        rows(commercePayment('11.9', { GiftCardId: card, CardNumber: card, TenderType: freeText })),
      ],
      [paths['taxes'] ?? '', rows(commerceTax('1.9', { TaxCode: freeText.slice(0, 90) }))],
    ];
  };
  return {
    source: 'dynamics-commerce',
    requests: () =>
      bodies.map((text) => ({
        source: 'dynamics-commerce',
        body: Buffer.from(text),
        headers: { 'content-type': 'application/json', 'x-address-key': COMMERCE_KEY },
      })),
    vendor: Object.fromEntries([
      ...answersOf('N1', 'EUR'),
      ...answersOf('N2', name),
      ...answersOf('N3', 'EUR'),
    ]) as Record<string, unknown>,
  };
}
