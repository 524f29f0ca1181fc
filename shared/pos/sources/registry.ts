import type { WebhookSource } from './source.ts';
import { tillstreamSource } from './tillstream/source.ts';

/** Every POS source, by the name in its address `/webhooks/{source}`. */
const SOURCES: readonly WebhookSource[] = [tillstreamSource];

const byName = new Map<string, WebhookSource>(SOURCES.map((source) => [source.source, source]));

export function sourceNamed(name: string): WebhookSource | undefined {
  return byName.get(name);
}
