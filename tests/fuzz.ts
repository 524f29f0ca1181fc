/**
 * Fuzzes all sources for as long as wanted: `npm run fuzz -- --bodies 20000 [--seed N]`. Exit code 1 on a crash, a 5xx, or
 * memory that grows.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './support/fuzz.ts';

const { values } = parseArgs({ options: { bodies: { type: 'string' }, seed: { type: 'string' } } });
const bodies = Number(values.bodies ?? 20_000);
const seed = Number(values.seed ?? 1);
const ROUNDS = 10;
const MAX_GROWTH_MB = 64;

const heapMb = (): number => process.memoryUsage().heapUsed / 2 ** 20;
const heaps: number[] = [];
const faults: string[] = [];
const total = new Map<number, number>();
for (let round = 0; round < ROUNDS; round += 1) {
  const found = await fuzz(Math.ceil(bodies / ROUNDS), seed + round * 1_000_003);
  faults.push(...found.faults);
  for (const [status, count] of found.statuses) total.set(status, (total.get(status) ?? 0) + count);
  globalThis.gc?.();
  heaps.push(heapMb());
}
// The first round fills caches.
const growthMb = (heaps.at(-1) ?? 0) - (heaps[1] ?? 0);
for (const [status, count] of [...total].sort(([one], [other]) => one - other))
  console.log(`${status}  ${count}`);
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(
  `${bodies} bodies, ${faults.length} faults, heap ${heaps.map((mb) => mb.toFixed(0)).join(' ')} MB`,
);
process.exitCode = faults.length > 0 || growthMb > MAX_GROWTH_MB ? 1 : 0;
