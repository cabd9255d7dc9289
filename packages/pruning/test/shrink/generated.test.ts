import { expect, it } from 'vitest';
import { checkGenerated } from './properties.ts';

for (const [mode, count, least] of [
  ['exact', 40, 20],
  ['absorb', 20, 8],
] as const)
  it(`masked and shrunk models of ${count} generated graphs give the same in mode ${mode}`, async () => {
    const removed: number[] = [];
    for (let seed = 0; removed.length < count; seed++) {
      const units = await checkGenerated(seed, mode);
      if (units !== null) removed.push(units);
    }
    expect(removed.filter((units) => units > 0).length).toBeGreaterThan(least);
  }, 120_000);
