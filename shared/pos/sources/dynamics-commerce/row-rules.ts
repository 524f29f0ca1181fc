/** What of the rows of a transaction is an id or a product code, for the scrubber. */
export const rowRules = {
  productFields: new Set(['barcode', 'itemid']),
  idFields: new Set([
    '',
    'rreceiptid',
    'receiptnumber',
    'returntransactionnumber',
    'giftcardid',
    'creditvoucherid',
    'customeraccount',
    'staff',
    'shift',
    'batchterminalid',
  ]),
  harmlessNames: new Set<string>(),
};
