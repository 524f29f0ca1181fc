import { lightspeedXSource } from '../../../shared/pos/sources/lightspeed-x/source.ts';
import { formOf, lightspeedSale } from '../../support/lightspeed-sales.ts';
import { describeSource } from '../../support/source-template.ts';

const product = (name: string) => ({
  product_id: 'prod-1',
  name,
  quantity: 1,
  price_total: 1.19,
  tax_total: 0,
});

describeSource(lightspeedXSource, {
  secrets: ['newer', 'older'],
  wrongSecret: 'another',
  body: (id, text) => formOf(lightspeedSale({ id, register_sale_products: [product(text)] })),
  withUnknownField: (text) => formOf(lightspeedSale({ loyalty: text, customer_name: text, [text]: text })),
  signsBody: true,
});
