import { z } from 'zod';

/** Fields that every mapping document has in common, whatever the files hold. */

/** A column by its name in the file, or by its number from 1. */
export const columnField = z.union([z.string().min(1).max(200), z.int().min(1).max(1000)]);

export const layoutNameField = z
  .string()
  .min(1)
  .max(100)
  .describe('Display name of the layout, used in error messages.');

export const fileNamesField = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^*]*(\*[^*]*){0,5}$/, 'must have at most five *');

export const encodingField = z
  .enum(['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252'])
  .default('auto')
  .describe('Character encoding.');

export const delimiterField = z
  .enum(['auto', 'comma', 'semicolon', 'tab', 'pipe'])
  .default('auto')
  .describe('Column separator.');
