import type { ApiRoute } from './api-route.ts';
import { actionRoutes } from './action-routes.ts';
import { autoAcceptRoutes } from './auto-accept-routes.ts';
import type { CloseApiParts } from './close-parts.ts';
import { dayRoutes } from './day-routes.ts';
import { exceptionRoutes } from './exception-routes.ts';

/** Everything to close a day with: days, stores' days, exceptions, history, actions, rules. */
export function closeRoutes(parts: CloseApiParts): ApiRoute[] {
  return [
    ...dayRoutes(parts),
    ...exceptionRoutes(parts),
    ...actionRoutes(parts),
    ...autoAcceptRoutes(parts.closing),
  ];
}
