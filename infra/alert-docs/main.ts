/** `npm run alert-docs`: writes the parts of docs/operations.md that are made from the rules. */
import { readFileSync, writeFileSync } from 'node:fs';
import { operationsPage } from './operations-page.ts';

const PAGE = 'docs/operations.md';
writeFileSync(PAGE, operationsPage(readFileSync(PAGE, 'utf8')));
