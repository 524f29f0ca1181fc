import { toastSource } from '../../../shared/pos/sources/toast/source.ts';
import { describeSource } from '../../support/source-template.ts';
import { toastMessage, toastOrder } from '../../support/toast-orders.ts';

const selection = (displayName: string) => ({ guid: 's1', displayName, quantity: 1, price: 1.19 });

describeSource(toastSource, {
  secrets: ['newer', 'older'],
  wrongSecret: 'another',
  body: (id, text) =>
    JSON.stringify(toastMessage({ order: toastOrder({}, { guid: id, selections: [selection(text)] }) })),
  withUnknownField: (text) =>
    JSON.stringify(toastMessage({ order: toastOrder({ loyalty: text, [text]: text }, { tabName: text }) })),
  signsBody: true,
});
