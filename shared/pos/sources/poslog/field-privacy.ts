import { isGtin } from '../../../privacy/card-number.ts';
import { keptPseudonym, type PseudonymKind, type Pseudonymise } from '../../../privacy/pseudonym.ts';
import { isPersonalField, plainKey, scrubFreeText, scrubId, type Found } from '../../../privacy/scrub.ts';

/**
 * What the fields of a POSLog hold of people, by their names: those of ARTS, and those that dialects add. SECURITY.md has
 * the table.
 */

/** A customer's element holds the id next to the name; what is personal in it goes by its own name. */
const HARMLESS_NAMES = new Set(['customer', 'reasonname', 'tendername']);
/** Free-form elements and account numbers, which no rule needs. */
const REMOVED_FIELDS = new Set(['crmcustomvariable', 'primaryaccountnumber', 'accountnumber', 'pan']);
const PRODUCT_FIELDS = new Set([
  'positemid',
  'itemid',
  'gtin',
  'upc',
  'upcnumber',
  'itemnumber',
  'alternativeitemid',
]);
const GIFT_CARD_FIELDS = new Set(['giftcardid', 'giftcertificateserialnumber', 'serialnumber']);
const ID_FIELDS = new Set([
  'retailstoreid',
  'unitid',
  'workstationid',
  'tillid',
  'sequencenumber',
  'transactionid',
  'receiptnumber',
  'shiftid',
  'tenderid',
]);
/** `LoyaltyID`, `CustomerExternalId`, `MembershipNumber`; but no `LoyaltyProgramID`, which is the same for all. */
const CUSTOMER_FIELD =
  /^(?:(?:.*(?:customer|loyalty|member|household|guest|patron|shopper|subscriber).*(?:id|number|nr|code|account|card|key|ref))|cardid|externalid)$/;
const SAME_FOR_ALL = /program|reward|promotion|campaign|offer|coupon|type|group|tier/;
const OPERATOR_FIELD =
  /(?:operator|cashier|clerk|associate|employee|salesperson|salesman|server|waiter|manager|supervisor|approver|staff|user)(?:id|number|nr|code|ref)$/;

export function isRemovedField(name: string): boolean {
  return REMOVED_FIELDS.has(plainKey(name)) || isPersonalField(name, HARMLESS_NAMES);
}

function pseudonymOf(field: string): PseudonymKind | undefined {
  if (GIFT_CARD_FIELDS.has(field)) return 'gift-card';
  if (OPERATOR_FIELD.test(field)) return 'operator';
  return CUSTOMER_FIELD.test(field) && !SAME_FOR_ALL.test(field) ? 'customer' : undefined;
}

/** A name of an element or attribute as it is kept: no name of any standard holds a number of that length. */
export const privateName = (name: string): string => name.replace(/\d{9,}/g, 'x');

/** The text of an element, or the value of an attribute, as mapping may see it. */
export function privateText(name: string, text: string, pseudonymise: Pseudonymise, found: Found): string {
  if (text === '') return text;
  const field = plainKey(name);
  const kind = pseudonymOf(field);
  if (kind !== undefined) return keptPseudonym(pseudonymise, kind, text);
  if (PRODUCT_FIELDS.has(field) && isGtin(text)) return text;
  if (ID_FIELDS.has(field)) return scrubId(text, pseudonymise, found);
  return scrubFreeText(text, found);
}

/** Fields that the mapping reads as free text. */
const TEXT_FIELDS = new Set([
  'description',
  'reason',
  'reasoncode',
  'promotionid',
  'tenderdescription',
  'taxruleid',
]);
/** Names of what is a code, a number or a time by the standard. */
const CODED_FIELD =
  /(?:id|code|type|flag|method|status|action|mode|unit|number|sequence|date|datetime|time|amount|price|quantity|percent|count|link)$/;
const ONE_WORD = /^[^\s@]{1,60}$/;
const LONG_NUMBER = /\d{7,}/;
const NUMBER = /^[+-]?\d{1,9}(?:[.,]\d{1,6})?$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ][\d:.]{4,18}(?:Z|[+-]\d\d:?\d\d)?)?$|^\d\d:\d\d(?::\d\d)?$/;
const SHORT_CODE = /^(?:[A-Z]{1,4}|(?=.*\d)[A-Z0-9_.:-]{1,20}|true|false)$/;

/**
 * The text of a field as a dead letter keeps it. A field that mapping does not know may hold a name: only what is plainly
 * a code, an amount or a time stays.
 */
export function keptText(name: string, text: string): string {
  const field = plainKey(name);
  const isKnown =
    PRODUCT_FIELDS.has(field) ||
    ID_FIELDS.has(field) ||
    TEXT_FIELDS.has(field) ||
    pseudonymOf(field) !== undefined;
  if (text === '' || isKnown || TIME.test(text)) return text;
  if (NUMBER.test(text)) return /\d{7}/.test(text) && !/amount|price|quantity/.test(field) ? REMOVED : text;
  if (LONG_NUMBER.test(text)) return REMOVED;
  return SHORT_CODE.test(text) || (CODED_FIELD.test(field) && ONE_WORD.test(text)) ? text : REMOVED;
}
const REMOVED = '[removed]';
