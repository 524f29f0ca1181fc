/** How far a receipt of the tills has come at Commerce headquarters. */
export type HeadquartersState =
  | 'not-uploaded'
  | 'not-in-force-there'
  | 'failed-validation'
  | 'not-validated'
  | 'not-in-statement'
  | 'statement-not-posted'
  /** In a posted statement; or as far as this version shows. */
  | 'done';
