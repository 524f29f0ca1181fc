/** Mapping doubts. The event is landed anyway and reported as a data-quality exception. */
export const QUALITY_ISSUES = [
  'unknown-store',
  'unknown-product',
  'unknown-tender',
  'zone-assumed',
  'business-date-assumed',
  /** Lines, totals and tenders do not agree in any reading of the input. */
  'totals-unbalanced',
  /** The source states a total inconsistently: the reading that balances with the tenders was used. */
  'totals-disagree',
  /** The source gave a rate and no tax: the tax was calculated. */
  'tax-calculated',
  /** The source indicates a tax but gives neither amount nor rate. */
  'tax-unknown',
  /** An amount or a quantity was finer than its unit, and was rounded half away from zero. */
  'amount-rounded',
  /** The source sent unknown content with amounts. */
  'content-not-read',
  /** A text was longer than an event holds, and was cut. */
  'text-cut',
  /** A refund names a tender that the vendor does not tell us the type of. */
  'refund-tender-unknown',
  /** Money came in, and what was sold for it is not known. */
  'payment-without-order',
  /** Items came back at one location and their money was paid out at another: the event counts at the first. */
  'store-ambiguous',
] as const;
export type QualityIssue = (typeof QUALITY_ISSUES)[number];
