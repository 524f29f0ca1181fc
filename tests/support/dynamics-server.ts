import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientSecretCredentialOptions } from '@azure/identity';
import { odataAnswer, type ServedCollection } from './odata-answer.ts';
import { edmxOf } from './edmx.ts';

/** What happens to one request instead of its answer. */
type Mishap =
  | { readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string }
  /** The connection ends in the middle of the body. */
  | { readonly cutAfterBytes: number };

export interface DynamicsServerOptions {
  readonly collections: readonly ServedCollection[];
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecrets?: readonly string[];
  readonly pageSize?: number;
  readonly tokenLifetimeSeconds?: number;
  /** Replaces the answer to a request; called with every request to `/data`, counted from 1. */
  readonly mishap?: (request: { readonly number: number; readonly url: URL }) => Mishap | undefined;
}

/**
 * Dynamics 365's `/data` and Entra's token endpoint on this machine: `$metadata` as EDMX, `$select`, `$filter`,
 * `$orderby`, `$top`, `$count`, server-driven pages with an opaque `$skiptoken`, `@odata.etag` of each row, the company
 * of the app alone without `cross-company`, numbers that outgrow floats, 401 for a token that ended, and mishaps.
 */
export class DynamicsServer {
  readonly requests: string[] = [];
  /** Tokens that were given out. */
  tokens = 0;
  #server: Server;
  #options: DynamicsServerOptions;
  #valid = new Map<string, number>();
  #numbers = 0;
  nowMs = 0;

  private constructor(options: DynamicsServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  static async start(options: DynamicsServerOptions): Promise<DynamicsServer> {
    const server = new DynamicsServer(options);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every token that was given out is refused from now on. */
  endTokens(): void {
    this.#valid.clear();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** The SDK insists on HTTPS for Entra: this takes what it sends there to this server. */
  get httpClient(): NonNullable<ClientSecretCredentialOptions['httpClient']> {
    return {
      sendRequest: async (request) => {
        const { pathname, search } = new URL(request.url);
        const response = await fetch(`${this.origin}/entra${pathname}${search}`, {
          method: request.method,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          ...(typeof request.body === 'string' ? { body: request.body } : {}),
        });
        return {
          request,
          status: response.status,
          headers: headersOf(response),
          bodyAsText: await response.text(),
        };
      },
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname.startsWith('/entra/')) await this.#entra(url, request, response);
    else this.#data(url, request, response);
  }

  async #entra(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { tenantId = TENANT_ID, clientId = CLIENT_ID, clientSecrets = [CLIENT_SECRET] } = this.#options;
    const [, , tenant = ''] = url.pathname.split('/');
    if (tenant !== tenantId)
      return refuse(response, 400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found.`);
    if (url.pathname.endsWith('/openid-configuration')) {
      const issuer = `https://login.microsoftonline.com/${tenant}`;
      return sendJson(response, 200, {
        token_endpoint: `${issuer}/oauth2/v2.0/token`,
        authorization_endpoint: `${issuer}/oauth2/v2.0/authorize`,
        issuer: `${issuer}/v2.0`,
        jwks_uri: `${issuer}/discovery/v2.0/keys`,
      });
    }
    const form = new URLSearchParams(await textOf(request));
    if (form.get('client_id') !== clientId)
      return refuse(
        response,
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${form.get('client_id')}' was not found in the directory.`,
      );
    if (!clientSecrets.includes(form.get('client_secret') ?? ''))
      return refuse(response, 401, 'invalid_client', 7000215, 'Invalid client secret provided.');
    this.tokens += 1;
    const token = `token-${this.tokens}`;
    const seconds = this.#options.tokenLifetimeSeconds ?? 3_600;
    this.#valid.set(token, this.nowMs + seconds * 1000);
    sendJson(response, 200, {
      token_type: 'Bearer',
      expires_in: seconds,
      ext_expires_in: seconds,
      access_token: token,
    });
  }

  #data(url: URL, request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(decodeURIComponent(url.pathname + url.search));
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((this.#valid.get(token) ?? -1) < this.nowMs) {
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
      return;
    }
    this.#numbers += 1;
    const mishap = this.#options.mishap?.({ number: this.#numbers, url });
    if (mishap && 'status' in mishap) {
      const { status, retryAfterSeconds, body = '' } = mishap;
      response.writeHead(
        status,
        retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` },
      );
      response.end(body);
      return;
    }
    const { status, type, text } = this.#dataAnswer(url, request);
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
    if (mishap) {
      response.write(text.slice(0, mishap.cutAfterBytes), () => response.destroy());
      return;
    }
    response.end(text);
  }

  #dataAnswer(url: URL, request: IncomingMessage): { status: number; type: string; text: string } {
    const { collections, pageSize = 10_000 } = this.#options;
    const name = decodeURIComponent(url.pathname.slice('/data/'.length));
    if (name === '$metadata') return { status: 200, type: 'application/xml', text: edmxOf(collections) };
    const asked = /maxpagesize=(\d+)/.exec(String(request.headers['prefer'] ?? ''))?.[1];
    const size = Math.min(pageSize, asked === undefined ? 10_000 : Number(asked));
    const { status, text } = odataAnswer(collections, name, url, `${this.origin}/data`, size);
    return { status, type: 'application/json; odata.metadata=minimal', text };
  }
}

export const TENANT_ID = '5f0e9b7c-5a3a-4d0e-9c4b-7f0a2f6d1b11';
export const CLIENT_ID = '0d3c1f52-9d0e-4c56-8a5f-2a6f3b7c9e22';
export const CLIENT_SECRET = 'a~secret';

function refuse(response: ServerResponse, status: number, error: string, code: number, text: string): void {
  sendJson(response, status, { error, error_description: `AADSTS${code}: ${text}`, error_codes: [code] });
}

function sendJson(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf(response: Response) {
  const held = new Map([...response.headers].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    get: (name: string) => held.get(name.toLowerCase()),
    has: (name: string) => held.has(name.toLowerCase()),
    set: (name: string, value: string | number | boolean) => void held.set(name.toLowerCase(), String(value)),
    delete: (name: string) => void held.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(held),
    [Symbol.iterator]: () => held[Symbol.iterator](),
  };
}
