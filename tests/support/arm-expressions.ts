/** The expressions of ARM templates, as far as Bicep emits them for infra/bicep. An unknown function is an error. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export interface Scope {
  readonly parameter: (name: string) => Json;
  readonly variable: (name: string) => Json;
  readonly reference: (symbol: string) => JsonObject;
  readonly resourceId: (type: string, names: readonly string[]) => string;
  readonly subscriptionResourceId: (type: string, names: readonly string[]) => string;
  readonly hash: (text: string) => string;
  /** Position in the loop that is being unfolded. */
  readonly index: number | undefined;
  readonly lambdas: Readonly<Record<string, Json>>;
}

type Node =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'access'; readonly of: Node; readonly key: Node };

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_]\w*)|(.))/gy;

function parse(expression: string): Node {
  const tokens = [...expression.matchAll(TOKEN)].map(([, text, digits, word, sign]) => ({
    text,
    digits,
    word,
    sign,
  }));
  let at = 0;
  const peek = (): string | undefined => tokens[at]?.sign;
  const expect = (sign: string): void => {
    if (peek() !== sign) throw new Error(`Expected ${sign} in ${expression}`);
    at += 1;
  };

  const primary = (): Node => {
    const token = tokens[at];
    at += 1;
    if (token?.text !== undefined) {
      return { kind: 'literal', value: token.text.slice(1, -1).replaceAll("''", "'") };
    }
    if (token?.digits !== undefined) return { kind: 'literal', value: Number(token.digits) };
    if (token?.word === undefined) throw new Error(`Cannot read ${expression}`);
    expect('(');
    const args: Node[] = [];
    while (peek() !== ')') {
      args.push(chain());
      if (peek() === ',') at += 1;
    }
    expect(')');
    return { kind: 'call', name: token.word, args };
  };

  const chain = (): Node => {
    let node = primary();
    for (;;) {
      if (peek() === '.') {
        at += 1;
        const word = tokens[at]?.word ?? '';
        at += 1;
        node = { kind: 'access', of: node, key: { kind: 'literal', value: word } };
      } else if (peek() === '[') {
        at += 1;
        node = { kind: 'access', of: node, key: chain() };
        expect(']');
      } else {
        return node;
      }
    }
  };
  return chain();
}

/** @throws Error where the value is no scalar. */
export const text = (value: Json | undefined): string => {
  if (value === null || value === undefined || typeof value === 'object') {
    throw new Error(`Not a text: ${JSON.stringify(value)}`);
  }
  return String(value);
};
const list = (value: Json | undefined): Json[] => {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`);
  return value;
};

function merged(values: readonly Json[]): Json {
  const result: JsonObject = {};
  for (const value of values) Object.assign(result, value);
  return result;
}

/** The nth subnet of a given size; IPv4 only. */
function cidrSubnet(range: string, bits: number, position: number): string {
  const [address = ''] = range.split('/');
  const number =
    address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + position * 2 ** (32 - bits);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')}/${bits}`;
}

const CLOUD: JsonObject = {
  suffixes: { storage: 'core.windows.net', keyvaultDns: '.vault.azure.net' },
  authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
};

const FUNCTIONS: Record<string, (args: Json[], scope: Scope) => Json> = {
  parameters: ([name], scope) => scope.parameter(text(name)),
  variables: ([name], scope) => scope.variable(text(name)),
  lambdaVariables: ([name], scope) => scope.lambdas[text(name)] ?? null,
  reference: ([symbol], scope) => scope.reference(text(symbol)),
  copyIndex: (_args, scope) => {
    if (scope.index === undefined) throw new Error('copyIndex outside a loop');
    return scope.index;
  },
  resourceId: ([type, ...names], scope) => scope.resourceId(text(type), names.map(text)),
  subscriptionResourceId: ([type, ...names], scope) =>
    scope.subscriptionResourceId(text(type), names.map(text)),
  subscription: () => ({ subscriptionId: '11111111-1111-1111-1111-111111111111' }),
  tenant: () => ({ tenantId: '22222222-2222-2222-2222-222222222222' }),
  environment: () => CLOUD,
  deployment: () => ({ name: 'main' }),
  uniqueString: (parts, scope) => scope.hash(parts.map(text).join('|')).slice(0, 13),
  guid: (parts, scope) =>
    scope.hash(parts.map(text).join('|')).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
  format: ([pattern, ...values]) =>
    text(pattern).replace(/\{(\d+)\}/g, (_all, at: string) => text(values[Number(at)])),
  concat: (values) => (Array.isArray(values[0]) ? values.flatMap(list) : values.map(text).join('')),
  split: ([value, separator]) => text(value).split(text(separator)),
  replace: ([value, from, to]) => text(value).replaceAll(text(from), text(to)),
  createObject: (values) =>
    Object.fromEntries(values.flatMap((key, at) => (at % 2 ? [] : [[text(key), values[at + 1] ?? null]]))),
  createArray: (values) => values,
  union: merged,
  null: () => null,
  true: () => true,
  false: () => false,
  equals: ([left, right]) => JSON.stringify(left) === JSON.stringify(right),
  not: ([value]) => !value,
  and: (values) => values.every(Boolean),
  or: (values) => values.some(Boolean),
  greater: ([left, right]) => Number(left) > Number(right),
  add: ([left, right]) => Number(left) + Number(right),
  max: (values) => Math.max(...values.map(Number)),
  length: ([value]) => (typeof value === 'string' ? value : list(value)).length,
  empty: ([value]) => value === null || value === '' || Object.keys(value as object).length === 0,
  contains: ([within, value]) =>
    typeof within === 'string' ? within.includes(text(value)) : list(within).includes(value ?? null),
  string: ([value]) => (typeof value === 'string' ? value : JSON.stringify(value)),
  tryGet: ([of, ...path]) =>
    path.reduce<Json>((value, key) => (value as JsonObject | null)?.[text(key)] ?? null, of ?? null),
  cidrSubnet: ([range, bits, position]) => cidrSubnet(text(range), Number(bits), Number(position)),
};

function callLambda(lambda: Node | undefined, value: Json, scope: Scope): Json {
  if (lambda?.kind !== 'call' || lambda.name !== 'lambda') throw new Error('Expected a lambda');
  const [name, body] = lambda.args;
  if (name?.kind !== 'literal' || !body) throw new Error('Expected a lambda of one argument');
  return run(body, { ...scope, lambdas: { ...scope.lambdas, [text(name.value)]: value } });
}

/** Functions that decide themselves which of their arguments are worked out. */
const LAZY: Record<string, (args: readonly Node[], scope: Scope) => Json> = {
  if: ([condition, yes, no], scope) =>
    run(run(condition as Node, scope) ? (yes as Node) : (no as Node), scope),
  coalesce: (args, scope) => {
    for (const arg of args) {
      const value = run(arg, scope);
      if (value !== null) return value;
    }
    return null;
  },
  map: ([values, lambda], scope) =>
    list(run(values as Node, scope)).map((value) => callLambda(lambda, value, scope)),
  filter: ([values, lambda], scope) =>
    list(run(values as Node, scope)).filter((value) => callLambda(lambda, value, scope) === true),
  toObject: ([values, key, value], scope) =>
    Object.fromEntries(
      list(run(values as Node, scope)).map((item) => [
        text(callLambda(key, item, scope)),
        value ? callLambda(value, item, scope) : item,
      ]),
    ),
};

function run(node: Node, scope: Scope): Json {
  if (node.kind === 'literal') return node.value;
  if (node.kind === 'access') {
    const of = run(node.of, scope) as JsonObject;
    const key = text(run(node.key, scope));
    const value = of[key];
    if (value === undefined) throw new Error(`No ${key} in ${JSON.stringify(of).slice(0, 200)}`);
    return value;
  }
  const lazy = LAZY[node.name];
  if (lazy) return lazy(node.args, scope);
  const found = FUNCTIONS[node.name];
  if (!found) throw new Error(`Function ${node.name} is not known to this test`);
  return found(
    node.args.map((arg) => run(arg, scope)),
    scope,
  );
}

/** Works out every expression in a value; `copy` lists inside objects become the lists that they describe. */
export function evaluate(value: Json, scope: Scope): Json {
  if (typeof value === 'string') {
    if (!value.startsWith('[')) return value;
    return value.startsWith('[[') ? value.slice(1) : run(parse(value.slice(1, -1)), scope);
  }
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope));
  if (value === null || typeof value !== 'object') return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (key !== 'copy' || !Array.isArray(item)) {
      result[text(evaluate(key, scope))] = evaluate(item, scope);
      continue;
    }
    for (const loop of item as JsonObject[]) {
      const count = Number(evaluate(loop['count'] ?? 0, scope));
      result[text(loop['name'])] = Array.from({ length: count }, (_unused, index) =>
        evaluate(loop['input'] ?? null, { ...scope, index }),
      );
    }
  }
  return result;
}
