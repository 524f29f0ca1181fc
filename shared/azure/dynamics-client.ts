import { setTimeout as pause } from 'node:timers/promises';
import { odataClient, type ODataClient, type ODataOptions } from '../odata/client.ts';
import type { DynamicsConnection } from '../settings.ts';
import { appTokens, identityTokens, type EntraApp, type EntraTokens } from './entra-token.ts';
import { SECRETS } from './names.ts';
import { odataSend } from './odata-send.ts';
import type { Secrets } from './secrets.ts';

/** What a test replaces. */
export interface DynamicsNetwork {
  readonly httpClient?: EntraApp['httpClient'];
  readonly pause?: ODataOptions['pause'];
}

/** The OData service of a Dynamics 365 environment; Finance and Commerce headquarters are one. */
export function dynamicsClient(
  connection: DynamicsConnection,
  secrets: Secrets,
  network: DynamicsNetwork = {},
): ODataClient {
  return odataClient({
    service: 'Dynamics 365',
    root: `${connection.url}/data`,
    send: odataSend(tokensOf(connection, secrets, network), fetch),
    pause: network.pause ?? ((ms) => pause(ms)),
  });
}

function tokensOf(
  { url, app, identityClientId, authorityHost }: DynamicsConnection,
  secrets: Secrets,
  { httpClient }: DynamicsNetwork,
): EntraTokens {
  const scope = `${url}/.default`;
  if (!app) return identityTokens(identityClientId, scope);
  return appTokens(
    { ...app, authorityHost, httpClient, secrets: () => secrets.get(SECRETS.dynamicsClientSecret) },
    scope,
  );
}
