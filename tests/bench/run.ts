/**
 * `npm run bench [-- name …] [--minute]`: measures, never judges. Each row is a figure and, where there is one, its ratio to a
 * floor or a peer measured in the same run.
 */
import type { BenchRow } from './row.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ bench(): Promise<BenchRow[]> }>>> = {
  entry: () => import('./entry.ts'),
  webhook: () => import('./webhook.ts'),
  'webhook-load': () => import('./webhook-load.ts'),
  stream: () => import('./stream.ts'),
  alerts: () => import('./alerts.ts'),
  landing: () => import('./landing.ts'),
  reconcile: () => import('./reconcile.ts'),
  'reconcile-plain': () => import('./reconcile-plain.ts'),
  'event-hubs': () => import('./event-hubs.ts'),
};

function print(row: BenchRow): void {
  const value = row.value >= 100 ? Math.round(row.value).toLocaleString('en') : row.value.toPrecision(3);
  const ratio = row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} x ${row.ratioOf ?? 'floor'}`;
  console.log(`${row.name.padEnd(58)} ${value.padStart(12)} ${row.unit.padEnd(12)} ${ratio}`);
  if (row.note !== undefined) console.log(`  ${row.note}`);
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2).filter((name) => !name.startsWith('--'));
  const unknown = asked.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0) {
    console.error(`No bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  for (const [name, load] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(`\n${name}`);
    for (const row of await (await load()).bench()) print(row);
  }
}

await main();
