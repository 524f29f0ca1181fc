import { zettleSource } from '../../../shared/pos/sources/zettle/source.ts';
import { describeSource } from '../../support/source-template.ts';
import { zettleMessage, zettleProduct, zettlePurchase } from '../../support/zettle-messages.ts';

const purchase = (id: string, text: string, more: object = {}): string =>
  zettleMessage(
    zettlePurchase(1250, 250, { purchaseUuid: id, products: [zettleProduct(1250, { name: text })], ...more }),
  );

describeSource(zettleSource, {
  secrets: ['zLzClQLQN8yfH8aEjONeXzgJRAHR0zpD7RonFCpizujU', '69ZZkaQSdfyb6hwb4rED03rOjiHwGYEh4sORnHbK'],
  wrongSecret: 'another',
  body: purchase,
  withUnknownField: (text) => purchase('one', 'milk', { loyalty: text, [text]: text }),
  // Time and payload are signed, the names around them are not: zettle.test.ts tries each byte of what is.
  signsBody: false,
  packs: false,
});
