import { readFileSync } from 'node:fs';
import { checkValues, decodeResult, type StoredRun } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { claims, last, run, SMALL } from './claims.ts';
import type { Params, Result } from './experiment.ts';
import { lesson } from './lesson.ts';

const SEEDS = [0, 1, 2];
const defaultRun = () => {
  const stored = JSON.parse(readFileSync(new URL('default.json', import.meta.url), 'utf8')) as StoredRun;
  return { result: decodeResult(stored.result) as Result, values: checkValues<Params>(lesson) };
};

describe('breaking symmetry', () => {
  claims(SEEDS.slice(0, 1));

  it('a random start ends lower than an equal one: the 95 % interval of the difference over seeds is above 0.2', async () => {
    const differences: number[] = [];
    for (const seed of SEEDS) {
      const params = { ...SMALL, epochs: 3, activation: 'tanh', seed } as const;
      const [random, equal] = [await run({ ...params, start: 'random' }), await run(params)];
      differences.push(last(equal).loss - last(random).loss);
    }
    const mean = differences.reduce((sum, x) => sum + x) / SEEDS.length;
    const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (SEEDS.length - 1);
    // 4.303 is the 97.5 % quantile of Student's t with 2 degrees of freedom.
    const half = 4.303 * Math.sqrt(variance / SEEDS.length);
    expect(mean - half, `${mean.toFixed(3)} ± ${half.toFixed(3)}`).toBeGreaterThan(0.2);
  });

  it('in its default run shows at the end two networks of equal columns, the one from zeros blank, and one of different columns', () => {
    const { result, values } = defaultRun();
    expect(result.nets.map(({ start, moments }) => [start, moments.at(-1)!.different.first])).toEqual([
      ['zeros', 1],
      ['constant', 1],
      ['random', 16],
    ]);
    const { units, learning } = lesson.figures(result, values);
    const rowsOf = (start: string) =>
      units!.table.rows.filter(([name]) => name === start).map((row) => row.slice(2) as number[]);
    const width = (row: readonly number[]) => Math.max(...row) - Math.min(...row);
    expect(
      rowsOf('zeros')
        .flat()
        .every((weight) => weight === 0),
    ).toBe(true);
    // Rows of one color that are not blank: they moved away from 0.01.
    expect(Math.max(...rowsOf('constant').map(width))).toBeLessThan(1e-4);
    expect(
      Math.max(
        ...rowsOf('constant')
          .flat()
          .map((weight) => Math.abs(weight - 0.01)),
      ),
    ).toBeGreaterThan(0.03);
    expect(Math.min(...rowsOf('random').map(width))).toBeGreaterThan(0.1);
    // The three lines end far apart: nothing lies under another.
    const [, zeros, constant, random] = learning!.table.rows.at(-1)! as number[];
    expect(constant! - zeros!).toBeGreaterThan(10);
    expect(random! - constant!).toBeGreaterThan(40);
  });
});
