import type { WebhookSource } from './source.ts';
import { posLogSource } from './poslog/source.ts';
import { squareSource } from './square/notification.ts';
import { tillstreamSource } from './tillstream/source.ts';

/** Every POS source, by the name in its address `/webhooks/{source}`. */
const SOURCES: readonly WebhookSource[] = [tillstreamSource, posLogSource, squareSource];

const byName = new Map<string, WebhookSource>(SOURCES.map((source) => [source.source, source]));

export function sourceNamed(name: string): WebhookSource | undefined {
  return byName.get(name);
}
