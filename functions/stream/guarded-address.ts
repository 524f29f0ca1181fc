import { lookup as resolveName, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, isThisMachine } from '../../shared/alerts/public-address.ts';
import { PermanentError } from '../../shared/errors.ts';

/** All addresses of a name. */
export type ResolveName = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export const resolveAll: ResolveName = (hostname, answer) => resolveName(hostname, { all: true }, answer);

/**
 * Resolves a name for a connection, and refuses it if any of its addresses is not public. The connection takes the
 * addresses from here, so a second DNS answer (DNS rebinding) has no effect.
 * @param mayStay lets this machine through: for development.
 */
export function guardedLookup(resolve: ResolveName, mayStay: boolean): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '');
      const refusal = refusalOfAddresses(hostname, addresses, mayStay);
      if (refusal) return callback(refusal, '');
      if (all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The address to connect to, for clients that resolve by themselves. @throws PermanentError `webhook-host` */
export function guardedAddress(resolve: ResolveName, hostname: string, mayStay: boolean): Promise<string> {
  return new Promise((done, failed) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return failed(error ?? new Error(`${hostname} has no address`));
      const refusal = refusalOfAddresses(hostname, addresses, mayStay);
      if (refusal) failed(refusal);
      else done(first.address);
    });
  });
}

function refusalOfAddresses(
  hostname: string,
  addresses: readonly LookupAddress[],
  mayStay: boolean,
): PermanentError | undefined {
  const refused = addresses.find(
    ({ address }) =>
      !isPublicAddress(address) && !(mayStay && isThisMachine(hostname) && isThisMachine(address)),
  );
  return refused
    ? new PermanentError(
        'webhook-host',
        `${hostname} leads to ${refused.address}, which is not a public address`,
      )
    : undefined;
}
