import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error.ts';

/** Like parseArgs, but every error is a one-line UsageError. */
export function read<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (thrown) {
    const [first = ''] = (thrown as Error).message.split(/\.?\s*\n|\.\s|\.$/);
    throw new UsageError(`${first}. See --help.`);
  }
}

export function wholeNumber(
  option: string,
  text: string | undefined,
  low: number,
  high: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`${option} takes a whole number from ${low} to ${high}, not "${text}". See --help.`);
}

export function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) {
    throw new UsageError(`${option} takes ${known.join(' or ')}, not "${text}". See --help.`);
  }
  return found;
}

export function folder(text: string | undefined, byDefault: string): string {
  if (text === '') throw new UsageError('--data needs the name of a folder. See --help.');
  return text ?? byDefault;
}
