import { z } from 'zod';
import { readJson, writeFileAtomically } from './data-folder.ts';

/**
 * How `npm run chaos` communicates with a running demonstration: a request and a response file in its data folder. Only
 * users with write access to the folder can break anything.
 */
export const CHAOS_PARTS = ['hub', 'host'] as const;
export type ChaosPart = (typeof CHAOS_PARTS)[number];

const requestSchema = z.object({
  id: z.string(),
  part: z.enum(CHAOS_PARTS),
  /** 0: kill and restart immediately. */
  downForMs: z.int().min(0),
});
export type ChaosRequest = z.infer<typeof requestSchema>;

const answerSchema = z.object({ id: z.string(), state: z.enum(['down', 'up']) });
export type ChaosAnswer = z.infer<typeof answerSchema>;

const REQUEST = 'chaos-request.json';
const ANSWER = 'chaos-answer.json';

interface Folder {
  file(...names: string[]): string;
}

export function writeChaosRequest(folder: Folder, request: ChaosRequest): void {
  writeFileAtomically(folder.file(REQUEST), JSON.stringify(request));
}

export function readChaosRequest(folder: Folder): ChaosRequest | undefined {
  return requestSchema.safeParse(readJson(folder.file(REQUEST))).data;
}

export function writeChaosAnswer(folder: Folder, answer: ChaosAnswer): void {
  writeFileAtomically(folder.file(ANSWER), JSON.stringify(answer));
}

export function readChaosAnswer(folder: Folder): ChaosAnswer | undefined {
  return answerSchema.safeParse(readJson(folder.file(ANSWER))).data;
}
