import { describe, expect, it } from 'vitest';
import { doctor } from '../src/doctor/doctor.ts';
import { CODES, missed } from '../test/doctor/bench.ts';
import { HEALTHY, healthyModel } from '../test/doctor/healthy.ts';
import { ARCHITECTURES, SIZES } from '../test/doctor/models.ts';

const seeds = (from: number) => Array.from({ length: 10 }, (_, i) => from + i);

/** What faults are planted into: the seeds that limits were set on, those that are reported, and other sizes. */
const SETS = [
  { set: 'set-on', size: 'usual', of: seeds(0) },
  { set: 'reported', size: 'usual', of: seeds(10) },
  { set: 'other-sizes', size: 'other', of: seeds(10) },
] as const;

describe.each(SETS)('doctor on planted faults: $set', ({ set, size, of }) => {
  const named: Record<string, Record<string, number>> = {};
  const misses: string[] = [];

  it.each(CODES)('looks for %s', async (code) => {
    for (const architecture of ARCHITECTURES) {
      let hits = 0;
      for (const seed of of) {
        const found = await missed(code, architecture, SIZES[size][architecture], seed);
        if (found === null) hits++;
        else misses.push(`${code}, ${architecture}, seed ${seed}: ${found.join(', ')}`);
      }
      named[code] = { ...named[code], [architecture]: hits };
    }
    expect(Object.keys(named[code]!)).toEqual(ARCHITECTURES);
  });

  it('names 95 % of them with their layer, those that the guide states', async () => {
    const total = CODES.length * ARCHITECTURES.length * of.length;
    const hits = Object.values(named).reduce((sum, row) => sum + Object.values(row).reduce((a, b) => a + b, 0), 0);
    expect(hits / total).toBeGreaterThanOrEqual(0.95);
    // `-u` writes it anew.
    const figures = `${JSON.stringify({ hits, total, named, misses }, null, 2)}\n`;
    await expect(figures).toMatchFileSnapshot(`../test/doctor/figures/${set}.json`);
  });
});

it.each(HEALTHY)('doctor raises no alarm after training: $name', async (one) => {
  const { model, data, history, dispose } = await healthyModel(one, true);
  expect((await doctor(model, data, history)).findings).toEqual([]);
  dispose();
});
