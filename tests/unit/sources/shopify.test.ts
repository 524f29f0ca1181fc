import { shopifySource } from '../../../shared/pos/sources/shopify/source.ts';
import { describeSource } from '../../support/source-template.ts';

const order = (id: string, more: object = {}): string =>
  JSON.stringify({
    id: 5_600_000_000_000 + (Buffer.from(id)[0] ?? 0),
    source_name: 'pos',
    updated_at: '2026-03-02T12:00:00+01:00',
    line_items: [],
    ...more,
  });

describeSource(shopifySource, {
  secrets: ['newer client secret', 'older client secret'],
  wrongSecret: 'another',
  body: (id, text) => order(id, { note: text, line_items: [{ title: text }] }),
  withUnknownField: (text) => order('one', { loyalty: text, kind: { [text]: text } }),
  signsBody: true,
});
