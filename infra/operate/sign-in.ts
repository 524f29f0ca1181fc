import { AzureCliCredential } from '@azure/identity';
import { UsageError } from '../kit/usage-error.ts';
import type { SignIn } from './close-client.ts';

/** Options of every command that acts by the API of the pages. */
export const SIGN_IN_OPTIONS = {
  url: { type: 'string' },
  as: { type: 'string' },
  role: { type: 'string', multiple: true },
  client: { type: 'string' },
} as const;

/** @param roles of `--as NAME` without `--role`. @throws UsageError */
export async function signInOf(
  values: { readonly url?: string; readonly as?: string; readonly role?: string[]; readonly client?: string },
  roles: readonly string[],
): Promise<SignIn> {
  const url = (values.url ?? process.env['TILLSTREAM_URL'] ?? 'http://127.0.0.1:7071').replace(/\/+$/, '');
  if (values.as !== undefined) return { url, as: { name: values.as, roles: values.role ?? roles } };
  const client = values.client ?? process.env['TILLSTREAM_CLIENT'];
  if (client === undefined)
    throw new UsageError('Say who you are: --as NAME on this machine, --client ID in Azure. See --help.');
  const token = await new AzureCliCredential().getToken(`api://${client}/.default`);
  return { url, token: token.token };
}
