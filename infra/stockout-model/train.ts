/**
 * `npm run train -- stockout FOLDER [--seed N] [--out FILE]`: trains the model of silent stockouts on the first 60 days of
 * a folder of FreshRetailNet files, or of the retailer's own data in the same columns, and writes it with its provenance.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { modelFileOf } from '../../shared/stock/silent/silence-model.ts';
import { digestOf } from './evaluate.ts';
import { readFreshRetail } from './freshretail.ts';
import { alertQuality, atThreshold, hourCurve } from './judge.ts';
import { SHIPPED_MODEL } from './paths.ts';
import { randomFor } from './random.ts';
import { OTHER_STORES_AIMS, LEARNING_DAYS, StockoutStudy } from './study.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);
const USAGE = 'npm run train -- stockout FOLDER [--seed 1] [--out FILE]';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: SHIPPED_MODEL },
      dataset: { type: 'string', default: 'FreshRetailNet-50K (Dingdong)' },
      licence: { type: 'string', default: 'CC BY 4.0' },
    },
  });
  const [what, folder] = positionals;
  if (what !== 'stockout' || folder === undefined || !/^\d{1,9}$/.test(values.seed))
    throw new RangeError(`Usage: ${USAGE}`);
  const seed = Number(values.seed);
  const { panel, files } = await readFreshRetail(folder);
  const study = new StockoutStudy(
    panel,
    (purpose) => randomFor(seed, purpose),
    (text) => note(`  ${text} ...`),
  );
  const { model, heldOut } = study.train();
  const curve = hourCurve(panel, heldOut.scored);
  const hour = atThreshold(curve, model.thresholds.hour);
  const alert = alertQuality(panel, heldOut.scored, model.thresholds.alert);
  const measured =
    `Thresholds for a precision of ${OTHER_STORES_AIMS.hour} on days ${LEARNING_DAYS - 9} to ${LEARNING_DAYS} of stores left out in training. ` +
    `On the days after, for stores left out: hours ${hour.precision.toFixed(3)} right at recall ${hour.recall.toFixed(3)}, ` +
    `alerts ${alert.precision.toFixed(3)} right at recall ${alert.recall.toFixed(3)}.`;
  const provenance = {
    dataset: values.dataset,
    licence: values.licence,
    files: files.map((name) => ({ name, sha256: digestOf(join(folder, name)) })),
    stores: new Set(panel.series.map(({ storeId }) => storeId)).size,
    series: panel.series.length,
    learningDays: LEARNING_DAYS,
    seed,
    measured,
  };
  writeFileSync(values.out, modelFileOf({ ...model, provenance }));
  say(
    `${measured}\nWritten to ${values.out}; npm run evaluate -- stockout FOLDER shows what it finds elsewhere.`,
  );
}

try {
  await main();
} catch (thrown) {
  note(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 2;
}
