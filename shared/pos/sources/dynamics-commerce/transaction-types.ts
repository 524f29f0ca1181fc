import { ownValue } from '../../../own-value.ts';
import type { DrawerEvent } from '../../event.ts';

/** Types without goods or money: sign-ons, reports and shifts. Symbols of `RetailTransactionType`. */
const WITHOUT_MONEY = new Set([
  'LogOff',
  'LogOn',
  'SuspendShift',
  'BlindCloseShift',
  'CloseShift',
  'ForceDeleteShift',
  'PrintX',
  'PrintZ',
  'GiftCardInquiry',
  'AsyncCustomerQuote',
  // What was counted moves nothing; the statement posts what is over or short.
  'TenderDeclaration',
]);
const DRAWER: Readonly<Record<string, DrawerEvent['action']>> = {
  OpenDrawer: 'noSale',
  FloatEntry: 'float',
  StartingAmount: 'float',
  RemoveTender: 'drop',
  SafeDrop: 'drop',
  BankDrop: 'drop',
};

export const isWithoutMoney = (type: string): boolean => WITHOUT_MONEY.has(type);

/** Money in or out of a drawer for a reason of its own; which way it went its sign tells. */
export const INCOME_OR_EXPENSE = 'IncomeExpense';

export const drawerActionOf = (type: string): DrawerEvent['action'] | undefined => ownValue(DRAWER, type);

export const isDrawer = (type: string): boolean =>
  type === INCOME_OR_EXPENSE || drawerActionOf(type) !== undefined;
