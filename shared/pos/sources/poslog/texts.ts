import { cutText } from '../../../ids.ts';
import type { Quality } from '../../enrich.ts';
import { MAX_CODE_LENGTH, MAX_TEXT_LENGTH } from '../../event.ts';

/** Cuts what is longer than an event holds, between two characters, and says so. */
function shortened(text: string, maxLength: number, where: string, quality: Quality): string {
  if (text.length > maxLength) quality.flag('text-cut', where);
  return cutText(text, maxLength);
}

/** A text that only describes. @param where the element that it stands in, for the warning. */
export const shortText = (text: string, where: string, quality: Quality): string =>
  shortened(text, MAX_TEXT_LENGTH, where, quality);

/** A code; two codes that are equal up to their 100th character become one, which the warning is for. */
export const shortCode = (text: string, where: string, quality: Quality): string =>
  shortened(text, MAX_CODE_LENGTH, where, quality);
