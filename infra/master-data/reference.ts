import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { code, table } from '../kit/markdown.ts';
import { SCHEMAS, type MasterDataName } from './files.ts';

export const EXAMPLES = 'docs/examples/master-data';

/** What the reference needs of JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
}

const INTRODUCTION: Readonly<Record<MasterDataName, string>> = {
  stores: 'The stores: location, opening hours, and their names in POS sources and ledger.',
  products: 'The products: the codes that tills send, central prices, and settings for stock alerts.',
  postingProfile: 'The ledger account to which each part of a transaction is posted.',
  alertRoutes:
    'Where alerts go. A route receives the alerts that match all of its filters; a missing filter matches everything.',
  alertLimits:
    'The limits of the rules that raise alerts: [operations.md](operations.md#the-limits) has their meaning and defaults. The file may be left out. An entry that is not valid is left out with a log, and costs itself alone.',
  ledgerMappings:
    'How ledger files of other layouts are read; [finance.md](finance.md#mappings) says when one is needed. The file is optional.',
  closePolicy:
    'With which reasons finance explains exceptions, what may stay open, and what is accepted without a person; [finance.md](finance.md#closing-a-day) says how a day is closed. The file is optional: without it nothing may stay open and no rule accepts anything.',
  settlementMappings:
    'How settlement reports of acquirers are read that have no format of their own; [finance.md](finance.md#card-payments-and-acquirers) names those that do. The file is optional.',
  dynamicsSetup:
    'How Dynamics 365 is set up, as far as posting depends on it: by this the receipts are found that it will refuse; see [finance.md](finance.md#will-not-post). The file is optional: without it no forecast is made.',
  dynamicsFinance:
    'How the ledger of Dynamics 365 is read by OData; see [finance.md](finance.md#dynamics-365-finance). The file is optional.',
  dynamicsCommerce:
    'How Commerce headquarters is read by OData; see [finance.md](finance.md#at-commerce-headquarters). The file is optional: without it headquarters is not read.',
  senders:
    'Merchants or single terminals with their own secret and stores; see [it.md](it.md#separate-secrets-for-senders). The file is optional.',
};

/** The text of docs/master-data.md, generated from the schemas that the product reads the files with. */
export function masterDataPage(root = '.'): string {
  const files = (Object.keys(SCHEMAS) as MasterDataName[]).map((name) => fileSection(name, root));
  return [HEAD, ...files, settingsSection()].join('\n');
}

const HEAD = `<!-- Generated from the schemas: npm run --silent master-data -- reference > docs/master-data.md -->

# Master data and settings

Master data are JSON files in the container ${code('master-data')}. The apps read a changed file within a minute. They reject an invalid file as a whole,
log where the error is, and keep using the last valid version. Check a folder before you upload it:

${block('sh', 'npm run master-data -- check MASTER_DATA_FOLDER')}

The command validates every file like the apps do, and cross-checks the files: product codes used twice, routes to stores that do not exist,
duplicate keys. Each finding names the file, the place, the value and the fix. The examples below are in ${code(EXAMPLES)} and pass the check.

Amounts are integers in minor units (${code('1250')} is 12.50 EUR), quantities integers in thousandths of the unit. Unknown fields are
errors, so a misspelled field is never silently ignored.
`;

function fileSection(name: MasterDataName, root: string): string {
  const file = MASTER_DATA_FILES[name];
  const schema = z.toJSONSchema(SCHEMAS[name], { io: 'input', unrepresentable: 'any' }) as Schema;
  const example = readFileSync(join(root, EXAMPLES, file), 'utf8').trim();
  const rows = rowsOf(schema, '');
  return `## ${code(file)}

${INTRODUCTION[name]}

${table(['Field', 'Type', 'Needed', 'Meaning'], rows)}

${block('json', example)}
`;
}

function settingsSection(): string {
  const { properties = {}, required = [] } = z.toJSONSchema(settingsSchema, {
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  const rows = Object.entries(properties).map(([name, field]) => [
    code(name),
    required.includes(name) ? 'yes' : 'no',
    meaningOf(field),
  ]);
  return `## App settings

Bicep sets these in Azure; [local-azure.md](local-azure.md) says how to set them on a developer's machine. Settings marked yes are required;
of the others, you need either the Azure form or the developer's form.

${table(['Setting', 'Needed', 'Meaning'], rows)}
`;
}

/** One row for each field, in the order of the schema; a list's members have `[]` in their path, a map's `*`. */
function rowsOf(schema: Schema, path: string): string[][] {
  if (schema.oneOf) return schema.oneOf.flatMap((member) => rowsOf(member, path));
  if (schema.items) return rowsOf(schema.items, `${path}[]`);
  const { properties = {}, required = [], additionalProperties } = schema;
  const rows = Object.entries(properties).flatMap(([name, field]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return [rowOf(place, field, required.includes(name)), ...rowsOf(field, place)];
  });
  if (typeof additionalProperties !== 'object') return rows;
  const place = `${path}.*`;
  return [...rows, rowOf(place, additionalProperties, false), ...rowsOf(additionalProperties, place)];
}

const rowOf = (place: string, field: Schema, isRequired: boolean): string[] => [
  code(place),
  typeOf(field),
  isRequired ? 'yes' : 'no',
  meaningOf(field),
];

function meaningOf({ description = '', default: byDefault }: Schema): string {
  if (byDefault === undefined) return description;
  return `${description} Default: ${code(typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault))}.`;
}

function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.oneOf) return 'object';
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.type === 'array') return `list${boundsOf(schema.minItems, schema.maxItems)}`;
  if (schema.type === 'object') {
    const keys = schema.propertyNames?.enum;
    return keys ? `map by ${keys.map(code).join(', ')}` : 'object';
  }
  if (schema.type === 'string') return `text${boundsOf(schema.minLength, schema.maxLength)}`;
  const largest = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const smallest = schema.minimum === Number.MIN_SAFE_INTEGER ? undefined : schema.minimum;
  return `${schema.type ?? 'any'}${boundsOf(smallest, largest)}`;
}

function boundsOf(low: number | undefined, high: number | undefined): string {
  if (low !== undefined && high !== undefined) return `, ${low} to ${high}`;
  if (low !== undefined) return `, at least ${low}`;
  return high === undefined ? '' : `, at most ${high}`;
}

function block(language: string, text: string): string {
  return ['```' + language, text, '```'].join('\n');
}
