import { adyenManualCaptureSource } from '../../../shared/pos/sources/adyen/source.ts';
import {
  ADYEN_KEYS,
  OTHER_ADYEN_KEY,
  adyenItem,
  notification,
  signedItems,
} from '../../support/adyen-items.ts';
import { describeSource } from '../../support/source-template.ts';

const example = {
  secrets: ADYEN_KEYS,
  wrongSecret: OTHER_ADYEN_KEY,
  body: (id: string, text: string) =>
    JSON.stringify(
      notification([
        adyenItem({ pspReference: id, merchantReference: text }, { networkProcessingMode: 'sale' }),
      ]),
    ),
  withUnknownField: (text: string) =>
    JSON.stringify(
      notification([
        adyenItem({ loyalty: text, [text]: text }, { 'metadata.guest': text, networkProcessingMode: 'sale' }),
      ]),
    ),
};

/** Platform webhooks, and replays: a header signs the body. */
describeSource(adyenManualCaptureSource, { ...example, signsBody: true });
/** Standard webhooks: each item has its signature, over eight of its fields. */
describe('signed within', () => {
  describeSource(adyenManualCaptureSource, { ...example, signsBody: false, signedWithin: signedItems });
});
