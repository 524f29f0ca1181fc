import { type PostingRule } from '../rule.ts';

/** The Brazilian fiscal document can be posted. */
export const fiscalDocumentBrazil: PostingRule = {
  id: 'fiscal-document-brazil',
  level: 'header',
  name: 'Fiscal document posting status (Brazil)',
  notChecked: () => 'tills send no fiscal documents',
  check: () => [],
};
