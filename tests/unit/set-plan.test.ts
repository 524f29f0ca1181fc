import { needsWhole, planStore, type StoreFacts } from '../../shared/lake/set-plan.ts';

const TIES: StoreFacts = {
  known: true,
  documents: 10,
  openDocuments: 0,
  openNumbers: 0,
  emptyNumbers: 0,
  vouchers: 0,
  cellsTie: true,
  overlaps: false,
};

describe('how much of a store is judged', () => {
  test.each<[string, Partial<StoreFacts>, ReturnType<typeof planStore>]>([
    ['everything ties by number', {}, 'settled'],
    ['a document is open', { openDocuments: 1, cellsTie: false }, 'open'],
    ['a document is open that offsets nothing', { openDocuments: 1 }, 'open'],
    ['a number is open', { openNumbers: 1 }, 'open'],
    ['a statement posts everything', { openDocuments: 10, vouchers: 1 }, 'settled'],
    ['a statement posts what has no number', { openDocuments: 4, vouchers: 2 }, 'settled'],
    ['a statement differs', { openDocuments: 10, vouchers: 1, cellsTie: false }, 'open'],
    // A sale and its refund that are both missing come to nothing together, and are missing all the same.
    ['vouchers may be sales', { openDocuments: 10, vouchers: 3 }, 'open'],
    ['master data lacks the store', { known: false }, 'whole'],
    ['two files may have one posting', { overlaps: true }, 'whole'],
    ['a number was posted and taken back', { openNumbers: 1, emptyNumbers: 1 }, 'whole'],
    ['the same where nothing ties', { openDocuments: 10, openNumbers: 1, emptyNumbers: 1 }, 'open'],
  ])('%s', (_name, facts, plan) => {
    expect(planStore({ ...TIES, ...facts })).toBe(plan);
  });

  it('looks at all documents again where a voucher may repeat one that ties', () => {
    expect(needsWhole({ ...TIES, vouchers: 1 }, true)).toBe(true);
    expect(needsWhole({ ...TIES, vouchers: 1 }, false)).toBe(false);
    expect(needsWhole({ ...TIES, openNumbers: 2 }, true)).toBe(false);
    expect(needsWhole({ ...TIES, vouchers: 1, openDocuments: 10 }, true)).toBe(false);
  });
});
