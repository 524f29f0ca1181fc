import type { WebhookSource } from './source.ts';
import { dynamicsCommerceSource } from './dynamics-commerce/source.ts';
import { zettleSource } from './zettle/source.ts';
import { cloverSource } from './clover/source.ts';
import { adyenManualCaptureSource, adyenSource } from './adyen/source.ts';
import { lightspeedXSource } from './lightspeed-x/source.ts';
import { posLogSource } from './poslog/source.ts';
import { shopifySource } from './shopify/source.ts';
import { squareSource } from './square/source.ts';
import { stripeSource } from './stripe/source.ts';
import { toastSource } from './toast/source.ts';
import { tillstreamSource } from './tillstream/source.ts';

/** Every POS source, by the name in its address `/webhooks/{source}`: a new one is its folder and a line here. */
export const SOURCES: readonly WebhookSource[] = [
  tillstreamSource,
  posLogSource,
  squareSource,
  shopifySource,
  stripeSource,
  adyenSource,
  adyenManualCaptureSource,
  cloverSource,
  zettleSource,
  toastSource,
  lightspeedXSource,
  dynamicsCommerceSource,
];

const byName = new Map<string, WebhookSource>(SOURCES.map((source) => [source.source, source]));

export function sourceNamed(name: string): WebhookSource | undefined {
  return byName.get(name);
}

/** For files in which an operator names a source. */
export const unknownSourceMessage = (name: string): string =>
  `${name} is no source: it is one of ${[...byName.keys()].join(', ')}`;

/** The longest time over which a source repeats an event: for at least so long a store remembers what it has seen. */
export const LONGEST_RETRY_WINDOW_MS = Math.max(...SOURCES.map(({ retryWindowMs }) => retryWindowMs));
