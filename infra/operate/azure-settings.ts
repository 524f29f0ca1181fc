import { z } from 'zod';

import { PermanentError } from '../../shared/errors.ts';
import { readSettings, type Settings } from '../../shared/settings.ts';

/** What `npm run azure:local` prints for Azure Functions Core Tools. */
const localSchema = z.object({ Values: z.record(z.string(), z.string()) });
/** What `az functionapp config appsettings list` prints. */
const listSchema = z.array(z.object({ name: z.string(), value: z.string().nullish() }));

/**
 * The settings of a deployed app, for use on another machine: the same services, accessed with the user's own
 * Azure sign-in instead of the app's identity; or those of the Azure on this machine.
 * @throws PermanentError `bad-settings` when the text is not such a list, or lacks a setting.
 */
export function settingsOfApp(listing: string): Settings {
  let content: unknown;
  try {
    content = JSON.parse(listing);
  } catch (cause) {
    throw new PermanentError('bad-settings', 'The settings file is not JSON', { cause });
  }
  const local = localSchema.safeParse(content);
  if (local.success) return readSettings(local.data.Values);
  const parsed = listSchema.safeParse(content);
  if (!parsed.success) {
    throw new PermanentError(
      'bad-settings',
      'The settings file is neither a local.settings.json nor what az functionapp config appsettings list prints',
    );
  }
  // Of the app's identities nothing stays. The app registration of Dynamics 365 is no identity of the app.
  const own = parsed.data.filter(({ name }) => !/^(?!Dynamics__).*__(clientId|credential)$/.test(name));
  return readSettings(Object.fromEntries(own.map(({ name, value }) => [name, value ?? undefined])));
}
