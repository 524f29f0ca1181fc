import {
  decideCommand,
  type AlertCommand,
  type CommandContext,
  type CommandRefusal,
} from '../../alerts/life-commands.ts';
import type { AlertLife } from '../../alerts/life.ts';
import { TransientError } from '../../errors.ts';
import type { BusinessDate } from '../../ids.ts';
import { withoutCardNumbers } from '../../privacy/card-data.ts';
import { scrubFreeText } from '../../privacy/scrub.ts';
import type { Responses } from './responses.ts';

export interface AskedResponse {
  readonly alertId: string;
  readonly businessDate: BusinessDate;
  readonly command: AlertCommand;
  /** The version that the person has seen; undefined where it does not matter what was before. */
  readonly version?: number | undefined;
}

export type ResponseResult =
  | { readonly kind: 'done'; readonly life: AlertLife; readonly isRepeat: boolean }
  | { readonly kind: 'unknown' }
  /** Somebody has changed it since. */
  | { readonly kind: 'changed'; readonly life: AlertLife }
  | { readonly kind: 'refused'; readonly life: AlertLife; readonly refusal: CommandRefusal };

const MAX_RACES = 10;

/**
 * Carries out what a person wants, once: a repeat with the same key has no second effect, and of two at once one goes first
 * and the other is judged by what is then.
 * @throws TransientError `lost-races`
 */
export async function respond(
  responses: Pick<Responses, 'life' | 'commit'>,
  { alertId, businessDate, command: asked, version }: AskedResponse,
  context: CommandContext,
): Promise<ResponseResult> {
  const command = scrubbed(asked);
  for (let race = 0; race < MAX_RACES; race += 1) {
    const stored = await responses.life(alertId, businessDate);
    if (!stored) return { kind: 'unknown' };
    const { life } = stored;
    const isRepeat = life.keys.includes(context.key);
    if (!isRepeat && version !== undefined && version !== life.version) return { kind: 'changed', life };
    const decided = decideCommand(life, command, context);
    if ('isRepeat' in decided) return { kind: 'done', life, isRepeat: true };
    if ('refusal' in decided) return { kind: 'refused', life, refusal: decided.refusal };
    if (await responses.commit(stored, decided)) return { kind: 'done', life: decided.life, isRepeat: false };
  }
  throw new TransientError('lost-races', `The alert ${alertId} keeps changing`);
}

/** What people type is free text, and may hold what must not be stored. */
function scrubbed(command: AlertCommand): AlertCommand {
  const { reason } = command;
  const clean = reason === undefined ? command : { ...command, reason: scrubFreeText(reason) };
  return clean.action === 'assign' ? { ...clean, to: withoutCardNumbers(clean.to) } : clean;
}
