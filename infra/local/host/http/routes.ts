import type { HostedFunction, HttpTrigger } from '../functions.ts';

export interface RouteMatch {
  fn: HostedFunction<HttpTrigger>;
  params: Record<string, string>;
}

interface Route {
  fn: HostedFunction<HttpTrigger>;
  pattern: RegExp;
  names: string[];
  /** Literals before parameters before catch-alls, segment by segment: ASP.NET's precedence. */
  rank: string;
}

/** Finds the function for a method and path. A path that matches with another method is not found, as in Azure. */
export class Router {
  readonly #routes: Route[];

  /** Throws on route templates it does not understand (constraints, defaults, several parameters in one segment). */
  constructor(functions: HostedFunction<HttpTrigger>[], routePrefix: string) {
    this.#routes = functions.map((fn) => compile(fn, routePrefix));
    this.#routes.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  }

  /** `path` as in the request line, without the query. */
  match(method: string, path: string): RouteMatch | undefined {
    for (const { fn, pattern, names } of this.#routes) {
      if (!fn.trigger.methods.includes(method)) continue;
      const found = pattern.exec(path);
      if (found === null) continue;
      const params: Record<string, string> = {};
      names.forEach((name, at) => {
        const value = found[at + 1];
        if (value !== undefined && value !== '') params[name] = decoded(value);
      });
      return { fn, params };
    }
    return undefined;
  }
}

function compile(fn: HostedFunction<HttpTrigger>, routePrefix: string): Route {
  const segments = [...routePrefix.split('/'), ...fn.trigger.route.split('/')].filter(
    (segment) => segment !== '',
  );
  const names: string[] = [];
  let pattern = '';
  let rank = '';
  for (const segment of segments) {
    const parameter = /^\{(\*{0,2})(\w+)(\??)\}$/.exec(segment);
    if (parameter === null) {
      if (/[{}]/.test(segment))
        throw new Error(`Function '${fn.name}': route segment '${segment}' is not supported.`);
      pattern += '/' + segment.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      rank += '1';
    } else if (parameter[1] !== '') {
      pattern += '(?:/(.*))?';
      rank += '5';
    } else {
      pattern += parameter[3] === '?' ? '(?:/([^/]+))?' : '/([^/]+)';
      rank += '3';
    }
    if (parameter !== null) names.push(parameter[2] ?? '');
  }
  return { fn, pattern: new RegExp(`^${pattern}/?$`, 'i'), names, rank };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
