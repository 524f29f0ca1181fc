import { storedText } from '../../../ids.ts';

/** A part of a transaction's key. */
export const keyPart = storedText(60).min(1);
