import { failed, type PostingRule } from '../rule.ts';

/** The business date lies in an open fiscal period of the ledger. */
export const businessDateRule: PostingRule = {
  id: 'business-date',
  level: 'header',
  name: 'Business date',
  notChecked: ({ periods }) => (periods ? undefined : 'periods are not set'),
  check: ({ businessDate }, { periods = [] }) => {
    if (periods.length === 0) return [];
    const period = periods.find(({ from, to }) => from <= businessDate && businessDate <= to);
    if (period?.status === 'open') return [];
    const [year = '', month, day] = businessDate.split('-');
    const date = `${Number(month)}/${Number(day)}/${year}`;
    const hasYear = periods.some(({ from, to }) => from.slice(0, 4) <= year && year <= to.slice(0, 4));
    if (!period) return [{ message: `${hasYear ? 'Period' : 'Fiscal year'} for ${date} does not exist.` }];
    return [
      failed(
        'Business date',
        `the period for ${date} is ${period.status === 'closed' ? 'closed' : 'on hold'}`,
      ),
    ];
  },
};
