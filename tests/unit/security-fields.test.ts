/** SECURITY.md says of every text field what it may hold of people, and what is done about it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { deadLetterSchema } from '../../shared/pos/dead-letter.ts';
import { posEventSchema } from '../../shared/pos/event.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Paths of all texts that are not one of a list, such as `lines[].description`. */
function textFields(schema: JsonSchema, path = ''): string[] {
  const alternatives = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const isText = schema.type === 'string' && schema.enum === undefined && schema.const === undefined;
  const { additionalProperties: others } = schema;
  return [
    ...(isText ? [path] : []),
    ...alternatives.flatMap((one) => textFields(one, path)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      textFields(field, path === '' ? name : `${path}.${name}`),
    ),
    ...(schema.items ? textFields(schema.items, `${path}[]`) : []),
    ...(typeof others === 'object' ? textFields(others, `${path}.*`) : []),
  ];
}

const page = readFileSync(join(__dirname, '../../SECURITY.md'), 'utf8');

function rowsUnder(heading: string): string[] {
  const table = page.split(new RegExp(`^\\| ${heading} +\\|.*$`, 'm'))[1]?.split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([^`]+)` +\| [^|]*\w[^|]*\| [^|]*\w[^|]*\|$/gm)].map(
    ([, name = '']) => name,
  );
}

test.each([
  ['Event field', posEventSchema],
  ['Dead letter field', deadLetterSchema],
])('%s: every text has its row, and every row its text', (heading, schema) => {
  const fields = new Set(textFields(z.toJSONSchema(schema) as JsonSchema));
  expect(fields.size).toBeGreaterThan(10);
  expect(rowsUnder(heading).sort()).toEqual([...fields].sort());
});
