import { expect, it } from 'vitest';
import { checkGenerated } from '../test/shrink/properties.ts';

for (const mode of ['exact', 'absorb'] as const)
  it(`masked and shrunk models of 500 generated graphs give the same in mode ${mode}`, async () => {
    const removed: number[] = [];
    for (let seed = 1000; removed.length < 500; seed++) {
      const units = await checkGenerated(seed, mode);
      if (units !== null) removed.push(units);
    }
    console.log(
      `${removed.filter((units) => units > 0).length} of 500 were made smaller, by ${removed.reduce((a, b) => a + b, 0)} units`,
    );
    expect(removed.filter((units) => units > 0).length).toBeGreaterThan(200);
  }, 1_200_000);
