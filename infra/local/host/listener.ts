/** What stands behind one function that is not called over HTTP. */
export interface Listener {
  functionName: string;
  start(): Promise<void>;
  /** Takes no new work. Resolves once nothing new can begin; work under way may still run. */
  stop(): Promise<void>;
  /** For `/admin/host/status`. */
  status(): Promise<Record<string, unknown>>;
}
