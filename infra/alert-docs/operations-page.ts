import { z } from 'zod';
import { ALL_RULES } from '../../shared/alert-rules/all-rules.ts';
import type { AnyRule } from '../../shared/alerts/alert-rule.ts';
import { code, table } from '../kit/markdown.ts';

/** The parts of docs/operations.md that are made from the rules, each between a comment and its end. */
const PARTS: Readonly<Record<string, (rules: readonly AnyRule[]) => string>> = {
  'the alerts': alertsTable,
  'what they mean': meanings,
  'the limits': limitsTable,
};

/** @returns the page with these parts as the rules make them. */
export function operationsPage(page: string, rules: readonly AnyRule[] = ALL_RULES): string {
  return Object.entries(PARTS).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- made from the rules: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/operations.md lacks ${begin} and ${end}`);
    return `${text.slice(0, from)}${begin}\n\n${part(rules)}\n\n${text.slice(to)}`;
  }, page);
}

function alertsTable(rules: readonly AnyRule[]): string {
  const rows = rules.map((rule) => {
    const { raised, onceFor, severity } = rule.about(rule.parameters.parse({}));
    return [code(rule.kind), raised, onceFor, severity];
  });
  return table(['Kind', 'Raised when', 'Once for each', 'Severity'], rows);
}

function meanings(rules: readonly AnyRule[]): string {
  const parts = rules.flatMap((rule) => {
    const { means, todo } = rule.about(rule.parameters.parse({}));
    return means === undefined ? [] : [`### ${rule.kind}\n\n**Means.** ${means}\n\n**Do.** ${todo ?? ''}`];
  });
  return parts.join('\n\n');
}

function limitsTable(rules: readonly AnyRule[]): string {
  const rows = rules.flatMap(({ kind, parameters }) => {
    const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
    return Object.entries(properties).map(([name, field]) => {
      const { description = '', default: byDefault } = field as { description?: string; default?: unknown };
      return [code(kind), code(name), description, code(JSON.stringify(byDefault))];
    });
  });
  return table(['Rule', 'Parameter', 'Meaning', 'Default'], rows);
}
