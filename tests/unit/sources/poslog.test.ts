import { posLogSource } from '../../../shared/pos/sources/poslog/source.ts';
import { describeSource } from '../../support/source-template.ts';

const secret = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

const transaction = (sequence: string, text: string, more = ''): string => `<POSLog>
  <Transaction>
    <RetailStoreID>9</RetailStoreID><WorkstationID>1</WorkstationID>
    <SequenceNumber>${sequence}</SequenceNumber>
    <BusinessDayDate>2026-03-02</BusinessDayDate>
    <BeginDateTime>2026-03-02T12:00:00</BeginDateTime><EndDateTime>2026-03-02T12:01:00</EndDateTime>
    <OperatorID>7</OperatorID><CurrencyCode>EUR</CurrencyCode>${more}
    <RetailTransaction>
      <LineItem><SequenceNumber>1</SequenceNumber>
        <Sale><POSIdentity><POSItemID>4006381333931</POSItemID></POSIdentity>
          <Description>${escaped(text)}</Description>
          <ExtendedAmount>1.19</ExtendedAmount><Quantity>1</Quantity></Sale></LineItem>
      <LineItem><SequenceNumber>2</SequenceNumber>
        <Tender TenderType="Cash"><Amount>1.19</Amount></Tender></LineItem>
      <Total TotalType="TransactionGrandAmount">1.19</Total>
    </RetailTransaction>
  </Transaction>
</POSLog>`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const sequences: Readonly<Record<string, string>> = { one: '1', two: '2' };

describeSource(posLogSource, {
  secrets: [secret(1), secret(2)],
  wrongSecret: secret(3),
  body: (id, text) => transaction(sequences[id] ?? '3', text),
  withUnknownField: (text) => transaction('1', 'milk', `<Loyalty><Holder>${text}</Holder></Loyalty>`),
  signsBody: true,
  replayWindowMs: 300_000,
});
