import { accountKey, ofAccountKey } from '../../shared/reconciliation/cell.ts';
import { EUR } from '../support/ledger-fixtures.ts';

test.each(['401000', '4010 00', '401000-S 1-'])('a cell of the account %s keeps its currency', (account) => {
  expect(ofAccountKey(accountKey(account, EUR))).toEqual({ account, currency: 'EUR' });
});
