import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { posEventSchema } from '../../../shared/pos/event.ts';
import { productsFileSchema } from '../../../shared/pos/product.ts';
import { storesFileSchema } from '../../../shared/pos/stores-file.ts';
import { alertLimitsFileSchema } from '../../../shared/alert-rules/files.ts';
import { judge, type Input } from './judge.ts';
import { areaUnder, falseAlerts, rateCurve, ratio, schemeLines } from './score.ts';
import { simulate, type Label } from './simulate.ts';
import { DAYS, PRODUCTS } from './world.ts';

export interface TillsOptions {
  readonly seed: number;
  readonly stores: number;
  readonly perScheme: number;
  /** Writes what is simulated into a folder, as docs/till-benchmark.md says. */
  readonly writeTo?: string;
  /** Takes events and labels from such a folder instead. */
  readonly from?: string;
  readonly isListed: boolean;
}

/** Where one case is proof, this much must be right and found. */
const GOAL = 0.95;
/** Alerts a store can look at in a day. */
const BUDGET = 2;

/** @returns whether every scheme for which one case is proof reaches the goal. */
export function printTills(options: TillsOptions): boolean {
  const { input, labels, days } = options.from === undefined ? simulated(options) : readFrom(options.from);
  if (options.writeTo !== undefined) writeTo(options.writeTo, input, labels);
  const { alerts, scored } = judge(input);
  const single = labels.filter(({ businessDate }) => businessDate !== undefined);
  const lines = schemeLines(single, alerts);
  // A kind's alerts are right where any label explains them, also a habit.
  const all = schemeLines(labels, alerts);
  console.log(
    `${input.events.length} events of ${input.stores.length} stores and ${days} days; ${labels.length} plants, seed ${options.seed}\n`,
  );
  console.log('| Scheme | Alert | Planted | Found | Recall | Raised | Right | Precision |');
  console.log('| ------ | ----- | ------- | ----- | ------ | ------ | ----- | --------- |');
  let holds = true;
  for (const { scheme, kind, planted, found } of lines) {
    const { raised = 0, right = 0 } = all.find((one) => one.kind === kind && one.scheme === scheme) ?? {};
    const [recall, precision] = [ratio(found, planted), ratio(right, raised)];
    if (recall < GOAL || precision < GOAL) holds = false;
    const cells = [scheme, kind, planted, found, recall.toFixed(3), raised, right, precision.toFixed(3)];
    console.log(`| ${cells.join(' | ')} |`);
  }
  printRates(labels, alerts, scored, input.stores.length * days);
  const wrong = falseAlerts(labels, alerts);
  console.log(
    `\n${wrong.length} alerts that no plant explains: ${(wrong.length / (input.stores.length * days)).toFixed(3)} per store and day`,
  );
  if (options.isListed) {
    for (const { kind, title, businessDate } of wrong) console.log(`  ${businessDate} ${kind}: ${title}`);
    for (const label of single)
      if (schemeLines([label], alerts)[0]?.found === 0)
        console.log(
          `  missed: ${label.scheme} ${label.storeId} ${label.tillId} ${label.businessDate} ${label.eventIds.join(' ')}`,
        );
  }
  return holds;
}

function printRates(
  labels: readonly Label[],
  alerts: ReturnType<typeof judge>['alerts'],
  scored: ReturnType<typeof judge>['scored'],
  storeDays: number,
): void {
  const habits = labels.filter(({ businessDate }) => businessDate === undefined);
  if (habits.length === 0) return;
  const curve = rateCurve(labels, scored);
  console.log(
    `\nRates: ${habits.length} cashiers with a habit, among ${scored.length} rates of cashiers; PR-AUC ${areaUnder(curve).toFixed(3)}`,
  );
  console.log('| Recall | Precision | Score |');
  console.log('| ------ | --------- | ----- |');
  for (const wanted of [0.25, 0.5, 0.75, 0.9, 1]) {
    const point = curve.find(({ recall }) => recall >= wanted);
    if (point)
      console.log(
        `| ${point.recall.toFixed(3)} | ${point.precision.toFixed(3)} | ${point.score.toFixed(2)} |`,
      );
  }
  const raised = alerts.filter(({ kind }) => kind.endsWith('-rate'));
  const right = raised.length - falseAlerts(labels, raised).length;
  const found = habits.filter(({ kind, storeId, operatorId }) =>
    raised.some(
      (alert) => alert.kind === kind && alert.storeId === storeId && alert.operatorId === operatorId,
    ),
  ).length;
  console.log(
    `With the default limits: ${raised.length} alerts (${(raised.length / storeDays).toFixed(2)} per store and day, the budget is ${BUDGET}), ` +
      `precision ${ratio(right, raised.length).toFixed(3)}, recall ${ratio(found, habits.length).toFixed(3)}`,
  );
}

function simulated(options: TillsOptions): { input: Input; labels: readonly Label[]; days: number } {
  const { stores, limits, events, labels } = simulate(options);
  return { input: { stores, products: PRODUCTS, limits, events }, labels, days: DAYS };
}

const labelSchema = z.object({
  scheme: z.string(),
  kind: z.string(),
  also: z.array(z.string()).default([]),
  storeId: z.string(),
  businessDate: z.string().optional(),
  tillId: z.string().optional(),
  operatorId: z.string(),
  eventIds: z.array(z.string()).default([]),
});

const FILES = {
  events: 'events.ndjson',
  labels: 'labels.ndjson',
  stores: 'stores.json',
  products: 'products.json',
  limits: 'alert-limits.json',
};

function readFrom(folder: string): { input: Input; labels: readonly Label[]; days: number } {
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const lines = (name: string): unknown[] =>
    text(name)
      .split('\n')
      .filter((row) => row.trim() !== '')
      .map((row) => JSON.parse(row) as unknown);
  const events = lines(FILES.events).map((row) => posEventSchema.parse(row));
  const input: Input = {
    stores: storesFileSchema.parse(JSON.parse(text(FILES.stores))).stores,
    products: productsFileSchema.parse(JSON.parse(text(FILES.products))).products,
    limits: alertLimitsFileSchema.parse(JSON.parse(text(FILES.limits))),
    events,
  };
  const labels = lines(FILES.labels).map((row) => labelSchema.parse(row) as unknown as Label);
  return { input, labels, days: new Set(events.map(({ businessDate }) => businessDate)).size };
}

function writeTo(
  folder: string,
  { stores, products, limits, events }: Input,
  labels: readonly Label[],
): void {
  const rows = (items: readonly unknown[]): string =>
    `${items.map((item) => JSON.stringify(item)).join('\n')}\n`;
  writeFileSync(join(folder, FILES.events), rows(events));
  writeFileSync(join(folder, FILES.labels), rows(labels));
  writeFileSync(join(folder, FILES.stores), JSON.stringify({ stores }));
  writeFileSync(join(folder, FILES.products), JSON.stringify({ products }));
  writeFileSync(join(folder, FILES.limits), JSON.stringify(limits));
}
