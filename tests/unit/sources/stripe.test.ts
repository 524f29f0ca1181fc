import { STRIPE_TOLERANCE_MS } from '../../../shared/pos/sources/stripe/signature.ts';
import { stripeSource } from '../../../shared/pos/sources/stripe/source.ts';
import { describeSource } from '../../support/source-template.ts';

const succeeded = (id: string, more: object = {}): string =>
  JSON.stringify({
    id: `evt_${id}`,
    type: 'payment_intent.succeeded',
    livemode: true,
    data: { object: { id: `pi_${id}`, object: 'payment_intent', ...more } },
  });

describeSource(stripeSource, {
  secrets: ['whsec_newer', 'whsec_older'],
  wrongSecret: 'whsec_another',
  body: (id, text) => succeeded(id, { description: text }),
  withUnknownField: (text) => succeeded('one', { loyalty: text, [text]: text }),
  signsBody: true,
  replayWindowMs: STRIPE_TOLERANCE_MS,
});
