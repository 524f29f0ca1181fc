/**
 * The part of `@azure/functions-core` between the host and the `@azure/functions` library. In Azure the
 * Node.js worker provides that module; here we do. We use the worker's names, so they can be looked up.
 */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** One value on its way between host and function; exactly one member is set. */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
  collectionBytes?: { bytes: Uint8Array[] };
  collectionString?: { string: string[] };
  collectionSint64?: { sint64: Long[] };
}

/** A 64-bit integer as returned by the worker's protobuf reader: never a plain number. */
export interface Long {
  low: number;
  high: number;
  unsigned: boolean;
}

export type NullableStrings = Record<string, { value: string }>;

export interface HttpData {
  method?: string;
  url?: string;
  nullableHeaders?: NullableStrings;
  nullableQuery?: NullableStrings;
  nullableParams?: NullableStrings;
  body?: TypedData | null | undefined;
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: HttpCookie[];
  enableContentNegotiation?: boolean;
}

export interface HttpCookie {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  maxAge?: { value: number };
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
}

/** One trigger, input or output as the app registered it; beyond `type` and `direction` it depends on the type. */
export interface BindingInfo extends Record<string, unknown> {
  type: string;
  direction: 'in' | 'out';
}

export interface RetryOptions {
  retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  /** -1: unlimited. */
  maxRetryCount: number;
  delayInterval?: { seconds: number };
  minimumInterval?: { seconds: number };
  maximumInterval?: { seconds: number };
}

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, BindingInfo>;
  retryOptions?: RetryOptions;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { message?: string; stackTrace?: string; source?: string };
}

export interface TraceContext {
  traceParent: string;
  traceState?: string;
  attributes?: Record<string, string>;
}

export interface InvocationRequest {
  invocationId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceContext: TraceContext;
  retryContext?: RetryContext;
}

export interface InvocationResponse {
  returnValue?: TypedData | null;
  outputData?: { name: string; data: TypedData }[];
}

export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): Promise<Record<string, string>>;
}
