/** Reports of other people's closing and approval software, tried on ours. */
import { isSamePerson } from '../../shared/workflow/actor.ts';
import { decideDay, decideItem, type DecideContext } from '../../shared/workflow/decide.ts';
import { DEFAULT_POLICY } from '../../shared/workflow/policy.ts';
import type { DayRecord } from '../../shared/workflow/store-day.ts';
import { afterSteps, followed, NIGHT, person, storeReportOf } from '../support/workflow-fixture.ts';

const context = (id: string, mayApprove = true): DecideContext => ({
  at: NIGHT,
  by: person(id),
  mayApprove,
  policy: DEFAULT_POLICY,
});
const LIVE = { hasNewerData: false, waitingEvents: 0 };

function given(record: DayRecord, action: 'prepare' | 'sign-off', id: string): DayRecord | string {
  const decision = decideDay(record, { action }, context(id), LIVE);
  if ('refusal' in decision) return decision.refusal.code;
  return afterSteps(record, [decision.step]) ?? 'nothing';
}
const done = (one: DayRecord | string): DayRecord => {
  if (typeof one === 'string') throw new Error(one);
  return one;
};

// OpenMetadata #14337, avniproject/avni-server #1025: whoever made it could approve it.
test('nobody signs off what they have prepared, whatever role they hold and however their id is written', () => {
  const prepared = done(given(followed(undefined, storeReportOf('r1', [])), 'prepare', 'a1b2-ada'));
  expect(given(prepared, 'sign-off', 'a1b2-ada')).toBe('same-person');
  expect(given(prepared, 'sign-off', 'A1B2-ADA')).toBe('same-person');
  expect(done(given(prepared, 'sign-off', 'c3d4-cleo')).day.phase).toBe('signed-off');
  expect(isSamePerson(person('x'), { kind: 'rule', id: 'x', name: 'x' })).toBe(false);
});

// etendosoftware/etendo_core #887, frappe/erpnext #35118: a closed period was changed through a side door.
test('no command about an exception changes a day that is signed off', () => {
  const policy = { ...DEFAULT_POLICY, mayStayOpenMinor: { EUR: 1_000 } };
  const open = followed(undefined, storeReportOf('r1', [{ subject: 'X1', amountMinor: 100 }]), policy);
  const [itemId = ''] = open.items.keys();
  const explained = decideItem(open, itemId, { action: 'explain', reasonCode: 'timing' }, context('ada'));
  const ready = 'step' in explained ? (afterSteps(open, [explained.step]) ?? open) : open;
  const closed = done(given(done(given(ready, 'prepare', 'ada')), 'sign-off', 'cleo'));
  for (const command of [
    { action: 'accept', reasonCode: 'timing' },
    { action: 'explain', reasonCode: 'other', text: 'again' },
    { action: 'take-back', text: 'no' },
  ] as const) {
    const decision = decideItem(closed, itemId, command, context('ada'));
    expect('refusal' in decision && decision.refusal.code).toBe('day-closed');
  }
});

// frappe/erpnext #41819: a year that was opened again still refused what a closed one refuses.
test('a day that was signed off and reopened can be worked on and signed again', () => {
  const prepared = done(given(followed(undefined, storeReportOf('r1', [])), 'prepare', 'ada'));
  const closed = done(given(prepared, 'sign-off', 'cleo'));
  const reopening = decideDay(closed, { action: 'reopen', text: 'a late posting' }, context('cleo'), LIVE);
  const reopened = 'step' in reopening ? (afterSteps(closed, [reopening.step]) ?? closed) : closed;
  expect(reopened.day.phase).toBe('reopened');
  // Who approves may change from one time to the next; the two are still two.
  const again = done(given(reopened, 'prepare', 'cleo'));
  expect(given(again, 'sign-off', 'cleo')).toBe('same-person');
  expect(done(given(again, 'sign-off', 'ada')).day.phase).toBe('signed-off');
});
