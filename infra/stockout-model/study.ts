import { HOURS, type HourPanel } from '../../shared/stock/silent/hour-panel.ts';
import { labelledFeatures } from '../../shared/stock/silent/labelled-features.ts';
import { learnTables } from '../../shared/stock/silent/learn-tables.ts';
import { silenceFeatures, type FeatureRows } from '../../shared/stock/silent/silence-features.ts';
import {
  filterPanel,
  type FilteredSeries,
  type FilterTables,
} from '../../shared/stock/silent/stock-filter.ts';
import { silentStockout } from '../../shared/stock/silent/silent-stockout.ts';
import type { SilenceModel } from '../../shared/stock/silent/silence-model.ts';
import { silenceScores } from './baseline.ts';
import { alertThresholdFor, hourCurve, thresholdFor, type Scored } from './judge.ts';
import { meanScore, merged, rowsWhere, score, train } from './rows.ts';

/**
 * The protocol: the first 60 days are for learning, of which the last ten set the thresholds; all hours from 6 to 22 of
 * the days after them are scored. Nothing looks ahead, and no label of a scored day is read before the scores are judged.
 */
export const LEARNING_DAYS = 60;
const THRESHOLD_DAYS = 10;
/** Days that are history only, so that most features have two weeks and more behind them. */
const FIRST_DAYS = 21;
const FOLDS = 3;

/** Precision aimed at when thresholds are set, somewhat above what is to be kept: days later differ from days before. */
export interface Aims {
  readonly hour: number;
  readonly alert: number;
}
export const OTHER_STORES_AIMS: Aims = { hour: 0.87, alert: 0.87 };
/** Refitted on the same stores, the model drifts to the cautious side by itself. */
const OWN_LABELS_AIMS: Aims = { hour: 0.85, alert: 0.85 };
/** Without labels the model's own probabilities stand for them, and they promise too much. */
const OWN_AIMS: Aims = { hour: 0.9, alert: 0.925 };

const WITHOUT_LABELS = { trees: 200, learningRate: 0.05 };
const THIRDS = 3;
/** Stores that were never seen ask for many small steps. */
const FOR_OTHER_STORES = {
  trees: 350,
  depth: 6,
  learningRate: 0.05,
  featureShare: 0.4,
  penalty: 40,
  leastWeight: 30,
};

/** What a rule may ask for, and by how much more is aimed at on the days before. */
const LEVELS = [0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];
const LEVEL_MARGIN = 0.02;

export interface Thresholds {
  readonly hour: number;
  readonly alert: number;
  readonly levels?: readonly { readonly precision: number; readonly threshold: number }[] | undefined;
}

/** Scores of the days after the learning days, with thresholds that were fixed before. */
export interface Result {
  readonly name: string;
  readonly scored: Scored;
  readonly thresholds?: Thresholds;
}

export class StockoutStudy {
  private readonly storeIds: readonly string[];

  readonly panel: HourPanel;
  private readonly randomOf: (purpose: string) => () => number;
  private readonly say: (progress: string) => void;

  constructor(
    panel: HourPanel,
    randomOf: (purpose: string) => () => number,
    say: (progress: string) => void,
  ) {
    this.panel = panel;
    this.randomOf = randomOf;
    this.say = say;
    if (panel.days <= LEARNING_DAYS)
      throw new RangeError(`The files hold ${panel.days} days; more than ${LEARNING_DAYS} are needed`);
    this.storeIds = [...new Set(panel.series.map(({ storeId }) => storeId))].sort();
  }

  /** The baseline: how unlikely the silence since the last sale of the day is. */
  baseline(): Result {
    const test = this.features(this.ownFilter(), LEARNING_DAYS, this.panel.days).cells;
    return {
      name: 'silence alone (baseline)',
      scored: { cells: test, scores: silenceScores(this.panel, LEARNING_DAYS, test) },
    };
  }

  /** The filter's posterior, and trees that learn from it: without any label. */
  withoutLabels(): Result[] {
    const filtered = this.ownFilter();
    const perSeries = this.panel.days * HOURS;
    const all = this.features(filtered, FIRST_DAYS, this.panel.days);
    const test = this.testRows(all);
    this.say('training without labels');
    // Each third teaches a model of its own; what only one of them believes is mostly noise of its teacher.
    const models = Array.from({ length: THIRDS }, (_, third) =>
      train(
        rowsWhere(this.panel, all, (series, day) => day < LEARNING_DAYS && (series + day) % THIRDS === third),
        (cell) => filtered[Math.floor(cell / perSeries)]!.outInHindsight[cell % perSeries]!,
        this.randomOf(`without labels ${third}`),
        WITHOUT_LABELS,
      ),
    );
    const before = meanScore(models, this.thresholdRows(all));
    return [
      {
        name: 'filter, no labels',
        scored: {
          cells: test.cells,
          scores: Float32Array.from(
            test.cells,
            (cell) => filtered[Math.floor(cell / perSeries)]!.out[cell % perSeries]!,
          ),
        },
      },
      {
        name: 'trees, no labels',
        scored: meanScore(models, test),
        thresholds: {
          hour: ownThreshold(before.scores, OWN_AIMS.hour),
          alert: ownThreshold(before.scores, OWN_AIMS.alert),
        },
      },
    ];
  }

  /** The model as shipped, with its own tables and thresholds. */
  shipped(model: SilenceModel): Result {
    const all = this.features(filterPanel(this.panel, model.tables), LEARNING_DAYS, this.panel.days);
    return { name: 'shipped model', scored: score(model.trees, all), thresholds: model.thresholds };
  }

  /** As it raises alerts: the silence must also be rarer than the false-alert level that is the default. */
  inOperation(model: SilenceModel, { scored }: Result): Result {
    const filtered = filterPanel(this.panel, model.tables);
    const perSeries = this.panel.days * HOURS;
    const { falseAlertLevel } = silentStockout.parameters.parse({});
    const scores = scored.scores.map((likely, at) => {
      const cell = scored.cells[at] ?? 0;
      const series = Math.floor(cell / perSeries);
      let chance = 1;
      for (let hour = cell % perSeries; hour >= 0; hour -= 1) {
        if ((this.panel.series[series]?.sold[hour] ?? 0) > 0) break;
        chance *= 1 - (filtered[series]?.rate[hour] ?? 0);
      }
      return chance <= falseAlertLevel ? likely : 0;
    });
    return {
      name: 'shipped, in operation',
      scored: { cells: scored.cells, scores },
      thresholds: model.thresholds,
    };
  }

  /** Trained on other stores of these files: what a shipped model is worth for stores that it never saw. */
  onOtherStores(): Result & { readonly thresholds: Thresholds } {
    const all = this.features(this.ownFilter(), FIRST_DAYS, this.panel.days);
    const [tests, befores]: [Scored[], Scored[]] = [[], []];
    for (let fold = 0; fold < FOLDS; fold += 1) {
      this.say(`training on other stores, ${fold + 1} of ${FOLDS}`);
      const model = train(
        rowsWhere(this.panel, all, (series, day) => day < LEARNING_DAYS && this.foldOf(series) !== fold),
        (cell) => this.labelOf(cell),
        this.randomOf(`fold ${fold}`),
        FOR_OTHER_STORES,
      );
      const inFold = rowsWhere(
        this.panel,
        all,
        (series, day) => day >= LEARNING_DAYS - THRESHOLD_DAYS && this.foldOf(series) === fold,
      );
      tests.push(score(model, this.testRows(inFold)));
      befores.push(score(model, this.thresholdRows(inFold)));
    }
    const before = merged(this.thresholdRows(all).cells, befores);
    const levels = LEVELS.map((precision) => ({
      precision,
      threshold: alertThresholdFor(this.panel, before, precision + LEVEL_MARGIN),
    }));
    return {
      name: 'trained on other stores',
      scored: merged(this.testRows(all).cells, tests),
      thresholds: { ...this.thresholdsFrom(before, OTHER_STORES_AIMS), levels },
    };
  }

  /** For a retailer who records stockouts: refitted on the own labels of the learning days. */
  withOwnLabels(): Result {
    const labels = labelledFeatures(this.panel);
    const all = silenceFeatures(
      this.panel,
      this.ownFilter(),
      { first: LEARNING_DAYS / 2, end: this.panel.days },
      labels,
    );
    const fit = (lastDay: number) => {
      this.say(`training on own labels up to day ${lastDay}`);
      return train(
        rowsWhere(this.panel, all, (_, day) => day < lastDay),
        (cell) => this.labelOf(cell),
        this.randomOf(`own labels ${lastDay}`),
      );
    };
    const before = score(fit(LEARNING_DAYS - THRESHOLD_DAYS), this.thresholdRows(all));
    return {
      name: 'own labels',
      scored: score(fit(LEARNING_DAYS), this.testRows(all)),
      thresholds: this.thresholdsFrom(before, OWN_LABELS_AIMS),
    };
  }

  /** What is shipped: trained on the learning days of all stores, with thresholds from stores that were left out. */
  train(): { model: Omit<SilenceModel, 'provenance'>; heldOut: Result } {
    const heldOut = this.onOtherStores();
    const all = this.features(this.ownFilter(), FIRST_DAYS, LEARNING_DAYS);
    this.say('training on all stores');
    const trees = train(all, (cell) => this.labelOf(cell), this.randomOf('shipped'), FOR_OTHER_STORES);
    return { model: { tables: this.ownTables(), trees, thresholds: heldOut.thresholds }, heldOut };
  }

  private tables: FilterTables | undefined;
  private filtered: FilteredSeries[] | undefined;

  private ownTables(): FilterTables {
    if (!this.tables) {
      this.say('learning the tables of the filter');
      this.tables = learnTables(this.panel, LEARNING_DAYS);
    }
    return this.tables;
  }

  private ownFilter(): FilteredSeries[] {
    this.filtered ??= filterPanel(this.panel, this.ownTables());
    return this.filtered;
  }

  private features(filtered: readonly FilteredSeries[], first: number, end: number): FeatureRows {
    this.say('deriving features');
    return silenceFeatures(this.panel, filtered, { first, end });
  }

  private testRows(all: FeatureRows): FeatureRows {
    return rowsWhere(this.panel, all, (_, day) => day >= LEARNING_DAYS);
  }

  private thresholdRows(all: FeatureRows): FeatureRows {
    return rowsWhere(
      this.panel,
      all,
      (_, day) => day >= LEARNING_DAYS - THRESHOLD_DAYS && day < LEARNING_DAYS,
    );
  }

  private thresholdsFrom(before: Scored, aims: Aims): Thresholds {
    return {
      hour: thresholdFor(hourCurve(this.panel, before), aims.hour) ?? 1,
      alert: alertThresholdFor(this.panel, before, aims.alert),
    };
  }

  private foldOf(series: number): number {
    return this.storeIds.indexOf(this.panel.series[series]!.storeId) % FOLDS;
  }

  private labelOf(cell: number): number {
    const perSeries = this.panel.days * HOURS;
    return this.panel.series[Math.floor(cell / perSeries)]!.out?.[cell % perSeries] ?? 0;
  }
}

/** The lowest threshold above which the mean stated probability is as high as aimed at. */
function ownThreshold(scores: Float32Array, aim: number): number {
  const sorted = Float32Array.from(scores).sort().reverse();
  let [sum, threshold] = [0, 1];
  for (const [at, value] of sorted.entries()) {
    sum += value;
    if (sum / (at + 1) < aim) break;
    threshold = value;
  }
  return threshold;
}
