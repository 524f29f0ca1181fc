import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silenceModelOf, type SilenceModel } from '../../shared/stock/silent/silence-model.ts';
import { readFreshRetail } from './freshretail.ts';
import { randomFor } from './random.ts';
import { reportLines } from './report.ts';
import { LEARNING_DAYS, StockoutStudy } from './study.ts';

export interface StockoutOptions {
  readonly folder: string;
  readonly seed: number;
  readonly modelFile: string;
  /** Leaves out what has to be trained on labels, which takes minutes. */
  readonly isQuick: boolean;
  readonly print: (line: string) => void;
  readonly progress: (text: string) => void;
}

/** Prints how well silent stockouts are found in a folder of FreshRetailNet files, each way beside the baseline. */
export async function evaluateStockouts(options: StockoutOptions): Promise<void> {
  const { folder, seed, print, progress } = options;
  progress(`reading ${folder}`);
  const { panel, files, incomplete } = await readFreshRetail(folder);
  const model = silenceModelOf(JSON.parse(readFileSync(options.modelFile, 'utf8')));
  const stores = new Set(panel.series.map(({ storeId }) => storeId)).size;
  print(
    `${files.length} files: ${panel.series.length} products in ${stores} stores, ${panel.days} days; ${incomplete} incomplete series left out. ` +
      `Days 1 to ${LEARNING_DAYS} for learning, the others scored from 6:00 to 22:59.`,
  );
  const study = new StockoutStudy(panel, (purpose) => randomFor(seed, purpose), progress);
  const shipped = study.shipped(model);
  const results = [study.baseline(), ...study.withoutLabels(), shipped, study.inOperation(model, shipped)];
  if (!options.isQuick) results.push(study.onOtherStores(), study.withOwnLabels());
  print('');
  for (const line of reportLines(panel, results)) print(line);
  const known = filesKnownTo(model, folder, files);
  if (known > 0)
    print(
      `\nThe shipped model was trained on the first ${model.provenance.learningDays} days of ${known} of these ${files.length} files, so its row is ` +
        'no proof: "trained on other stores" is. It is for files that the model does not know.',
    );
}

function filesKnownTo(model: SilenceModel, folder: string, files: readonly string[]): number {
  const known = new Set(model.provenance.files.map(({ sha256 }) => sha256));
  return files.filter((name) => known.has(digestOf(join(folder, name)))).length;
}

export const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');
