import { cloverSource } from '../../../shared/pos/sources/clover/source.ts';
import { describeSource } from '../../support/source-template.ts';

const notice = (id: string, text: string, more: object = {}): string =>
  JSON.stringify({
    appId: 'DRKVJT2ZRRRSC',
    note: text,
    merchants: { '9ABCDEF123456': [{ objectId: `O:${id}`, type: 'UPDATE', ts: 1_772_449_200_000, ...more }] },
  });

describeSource(cloverSource, {
  secrets: ['0307e264-b33a-4913-88aa-37b10014a0b8', '0307e264-b33a-4913-88aa-37b10014a0b7'],
  wrongSecret: 'ce7643c1-83ea-4218-abe6-da876c9c7a0a',
  body: notice,
  withUnknownField: (text) => notice('one', text, { loyalty: text, [text]: text }),
  signsBody: false,
});
