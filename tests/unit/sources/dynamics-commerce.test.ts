import { dynamicsCommerceSource } from '../../../shared/pos/sources/dynamics-commerce/source.ts';
import { describeSource } from '../../support/source-template.ts';

const event = (id: string, text: string, more: object = {}): string =>
  JSON.stringify({
    BusinessEventId: 'ContosoRetailTransactionBusinessEvent',
    BusinessEventLegalEntity: 'usrt',
    ControlNumber: 5_637_166_326,
    EventId: 'E4C1C7C0-0000-4000-8000-000000000001',
    EventTime: '/Date(1772449200000)/',
    Comment: text,
    OperatingUnitNumber: 'HOUSTON',
    Terminal: 'HOUSTON-3',
    TransactionNumber: id,
    ...more,
  });

describeSource(dynamicsCommerceSource, {
  secrets: ['a key in the address, the newer', 'a key in the address, the older'],
  wrongSecret: 'a key in the address of another',
  body: event,
  withUnknownField: (text) => event('one', text, { loyalty: text, [text]: text }),
  signsBody: false,
});
