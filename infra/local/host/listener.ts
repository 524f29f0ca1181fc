/** The listener of a function that is not triggered by HTTP. */
export interface Listener {
  functionName: string;
  start(): Promise<void>;
  /** Accepts no new work. Resolves when nothing new can start; running work may continue. */
  stop(): Promise<void>;
  /** For `/admin/host/status`. */
  status(): Promise<Record<string, unknown>>;
}
