import { businessDateSchema, type BusinessDate } from '../../../ids.ts';

/** A file's date format. */
export const DATE_FORMS = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'YYYYMMDD',
  'DD.MM.YYYY',
  'DD/MM/YYYY',
  'DD-MM-YYYY',
  'MM/DD/YYYY',
  'MM-DD-YYYY',
] as const;
export type DateForm = (typeof DATE_FORMS)[number];

type DateReading =
  { readonly ok: true; readonly date: BusinessDate } | { readonly ok: false; readonly reason: string };

/** A time may follow the date. OData writes dates as midnight or noon in UTC. */
const TIME = /[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?([AP]M))?(Z|[+-]\d\d:?\d\d)?$/i;
const patterns = new Map<DateForm, { pattern: RegExp; order: string[] }>();

export function readDate(text: string, form: DateForm): DateReading {
  const time = TIME.exec(text);
  const day = time ? text.slice(0, time.index) : text;
  // The ISO form is unambiguous, so it is accepted in every file.
  const date = dateIn(day, form) ?? dateIn(day, 'YYYY-MM-DD');
  if (date === undefined)
    return { ok: false, reason: `"${text}" is not a date ${form}${otherReadings(day, form)}` };
  if (time?.[5] !== undefined && !isWholeDay(time)) {
    const reason = `"${text}" is a time in UTC or with an offset, which may be another date in the store; only 00:00 and 12:00 UTC stand for a date`;
    return { ok: false, reason };
  }
  return { ok: true, date };
}

function isWholeDay([, hour = '', minute, second = '00', , offset = '']: RegExpExecArray): boolean {
  return /^(Z|[+-]00:?00)$/i.test(offset) && /^(0?0|12)$/.test(hour) && minute === '00' && second === '00';
}

function dateIn(day: string, form: DateForm): BusinessDate | undefined {
  let known = patterns.get(form);
  if (!known) {
    const digits = (letters: string): string =>
      form.length === 8 || letters.length === 4 ? `(\\d{${letters.length}})` : '(\\d\\d?)';
    const parts = form.match(/Y+|M+|D+/g) ?? [];
    const pattern = form.replace(/[./]/g, '\\$&').replace(/Y+|M+|D+/g, digits);
    const strict = form === 'YYYY-MM-DD' ? String.raw`(\d{4})-(\d\d)-(\d\d)` : pattern;
    known = { pattern: new RegExp(`^${strict}$`), order: parts.map((part) => part.charAt(0)) };
    patterns.set(form, known);
  }
  const match = known.pattern.exec(day);
  if (!match) return undefined;
  const part = (letter: string): string =>
    (match[(known?.order.indexOf(letter) ?? 0) + 1] ?? '').padStart(2, '0');
  return businessDateSchema.safeParse(`${part('Y')}-${part('M')}-${part('D')}`).data;
}

/** The text's other possible readings, so a mapping can choose one. */
function otherReadings(day: string, form: DateForm): string {
  const found = DATE_FORMS.filter((other) => other !== form).flatMap((other) => {
    const date = dateIn(day, other);
    return date === undefined ? [] : [`${date} as ${other}`];
  });
  return found.length === 0 ? '' : `; it may be ${found.join(' or ')}: use a mapping to say which`;
}
