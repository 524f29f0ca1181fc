import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** Quantity and net amount have one sign. */
export const signContradiction: PostingRule = {
  id: 'sign-contradiction',
  level: 'line',
  name: 'Sign contradiction',
  notChecked: checked,
  check: (receipt) =>
    countingLines(receipt)
      .filter(({ quantityMilli, extendedAmountMinor }) => quantityMilli * extendedAmountMinor < 0)
      .map(({ lineNumber }) =>
        failed('Sign contradiction', 'quantity and net amount have opposite signs', lineNumber),
      ),
};
