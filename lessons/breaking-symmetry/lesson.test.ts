import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { checkValues, decodeResult, runLesson, type StoredRun } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import type { Net, Params, Result } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();
const defaultRun = () => {
  const stored = JSON.parse(readFileSync(new URL('default.json', import.meta.url), 'utf8')) as StoredRun;
  return { result: decodeResult(stored.result) as Result, values: checkValues<Params>(lesson) };
};
const SEEDS = [0, 1, 2];
/** Small enough for every backend: 160 images, so 5 steps an epoch. */
const SMALL: Partial<Params> = { start: 'constant', examples: 160, epochs: 4, units: 6 };
const BRIEF = { ...SMALL, epochs: 2 };

/** What became of a single network. */
async function run(params: Partial<Params>): Promise<Net> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  expect(result.nets).toHaveLength(1);
  return result.nets[0]!;
}

const last = ({ moments }: Net) => moments.at(-1)!;
const still = ({ moved }: Net) => Object.keys(moved).filter((path) => moved[path] === 0);
const ALL_BUT_THE_LAST_BIAS = ['first/kernel', 'first/bias', 'second/kernel', 'second/bias', 'output/kernel'];

describe('breaking symmetry', () => {
  it.each(['relu', 'tanh'] as const)(
    'units that start equal stay equal, though they learn (%s)',
    async (activation) => {
      for (const seed of SEEDS) {
        const result = await run({ ...BRIEF, activation, value: 0.03, seed });
        expect(still(result)).toEqual([]);
        expect(result.moved['output/kernel']).toBeGreaterThan(1e-3);
        // Exact where every unit is summed in the same order, as on cpu. Elsewhere a unit may be summed in another order: then
        // 10 steps of gradients below 1, each a sum of 32 examples, leave at most 10 x 32 x 2^-24 of difference.
        const tolerance = tf.getBackend() === 'cpu' ? 0 : 10 * 32 * 2 ** -24;
        for (const { spread } of result.moments)
          for (const layer of Object.values(spread)) expect(layer).toBeLessThanOrEqual(tolerance);
        expect(last(result).different).toEqual({ first: 1, second: 1 });
      }
    },
  );

  it.each(['relu', 'tanh'] as const)(
    'from zero kernels and biases only the output bias moves (%s)',
    async (activation) => {
      for (const seed of SEEDS)
        expect(still(await run({ ...BRIEF, start: 'zeros', activation, seed }))).toEqual(ALL_BUT_THE_LAST_BIAS);
    },
  );

  it('on the slide only the output bias learns in 10 epochs, and the loss falls by what the mean explains', async () => {
    for (const seed of SEEDS) {
      const slide = { task: 'slide', start: 'zeros', optimizer: 'adam', units: 10, epochs: 10, seed } as const;
      const result = await run(slide);
      expect(still(result)).toEqual(['first/kernel', 'first/bias', 'output/kernel']);
      // Adam moves a bias by at most 0.001 a step or so: 30 steps.
      expect(result.moved['output/bias']).toBeGreaterThan(0);
      expect(result.moved['output/bias']).toBeLessThan(0.04);
    }
  });

  it('a first layer of zeros under random ones is stuck with ReLU and zero biases, and freed by biases or tanh', async () => {
    for (const seed of SEEDS) {
      const zeros = { ...BRIEF, start: 'zeros', layers: 'first', seed } as const;
      expect(still(await run(zeros))).toEqual(ALL_BUT_THE_LAST_BIAS);
      for (const freed of [{ biases: 'random' }, { activation: 'tanh' }] as const) {
        const result = await run({ ...zeros, ...freed });
        expect(still(result)).toEqual([]);
        expect(last(result).different.first).toBe(6);
      }
    }
  });

  it('a first layer of equal weights under random ones is told apart in the first epoch', async () => {
    for (const seed of SEEDS) {
      const { moments } = await run({ ...SMALL, epochs: 1, layers: 'first', seed });
      expect(moments[0]!.different.first).toBe(1);
      // Units whose weights into the second layer are all small or that no example turns on may still look alike.
      expect(moments.at(-1)!.different.first).toBeGreaterThanOrEqual(5);
    }
  });

  it('one different weight makes one different unit, and no more', async () => {
    for (const seed of SEEDS) {
      const { moments } = await run({ ...BRIEF, oneDifferent: true, seed });
      expect(moments.map(({ different }) => different)).toEqual(moments.map(() => ({ first: 2, second: 1 })));
    }
  });

  it('a random start ends lower than an equal one: the 95 % interval of the difference over seeds is above 0.2', async () => {
    const differences: number[] = [];
    for (const seed of [0, 1, 2, 3, 4]) {
      const params = { ...SMALL, activation: 'tanh', seed } as const;
      const [random, equal] = [await run({ ...params, start: 'random' }), await run(params)];
      differences.push(last(equal).loss - last(random).loss);
    }
    const mean = differences.reduce((sum, x) => sum + x) / 5;
    const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4;
    // 2.776 is the 97.5 % quantile of Student's t with 4 degrees of freedom.
    const half = 2.776 * Math.sqrt(variance / 5);
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
