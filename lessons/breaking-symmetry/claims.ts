import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { runLesson } from '@weightkit/lesson';
import { expect, it } from 'vitest';
import type { Net, Params } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();
/** Small enough for every backend: 160 images, so 5 steps an epoch. */
export const SMALL: Partial<Params> = { start: 'constant', examples: 160, epochs: 1, units: 6 };

/** What became of a single network. */
export async function run(params: Partial<Params>): Promise<Net> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  expect(result.nets).toHaveLength(1);
  return result.nets[0]!;
}

export const last = ({ moments }: Net) => moments.at(-1)!;
const still = ({ moved }: Net) => Object.keys(moved).filter((path) => moved[path] === 0);
const ALL_BUT_THE_LAST_BIAS = ['first/kernel', 'first/bias', 'second/kernel', 'second/bias', 'output/kernel'];

/** What the page says of small networks, on each of these seeds: lesson.test.ts takes one of them, lesson.deep.ts more. */
export function claims(seeds: readonly number[]): void {
  it.each(['relu', 'tanh'] as const)(
    'units that start equal stay equal, though they learn (%s)',
    async (activation) => {
      for (const seed of seeds) {
        const result = await run({ ...SMALL, activation, value: 0.03, seed });
        expect(still(result)).toEqual([]);
        expect(result.moved['output/kernel']).toBeGreaterThan(1e-3);
        // Exact where every unit is summed in the same order, as on cpu. Elsewhere a unit may be summed in another order: then
        // 5 steps of gradients below 1, each a sum of 32 examples, leave at most 5 x 32 x 2^-24 of difference.
        const tolerance = tf.getBackend() === 'cpu' ? 0 : 5 * 32 * 2 ** -24;
        for (const { spread } of result.moments)
          for (const layer of Object.values(spread)) expect(layer).toBeLessThanOrEqual(tolerance);
        expect(last(result).different).toEqual({ first: 1, second: 1 });
      }
    },
  );

  it.each(['relu', 'tanh'] as const)(
    'from zero kernels and biases only the output bias moves (%s)',
    async (activation) => {
      for (const seed of seeds)
        expect(still(await run({ ...SMALL, start: 'zeros', activation, seed }))).toEqual(ALL_BUT_THE_LAST_BIAS);
    },
  );

  it('on the slide only the output bias learns in 10 epochs, and the loss falls by what the mean explains', async () => {
    for (const seed of seeds) {
      const slide = { task: 'slide', start: 'zeros', optimizer: 'adam', units: 10, epochs: 10, seed } as const;
      const result = await run(slide);
      expect(still(result)).toEqual(['first/kernel', 'first/bias', 'output/kernel']);
      // Adam moves a bias by at most 0.001 a step or so: 30 steps.
      expect(result.moved['output/bias']).toBeGreaterThan(0);
      expect(result.moved['output/bias']).toBeLessThan(0.04);
    }
  });

  it('a first layer of zeros under random ones is stuck with ReLU and zero biases, and freed by biases or tanh', async () => {
    for (const seed of seeds) {
      const zeros = { ...SMALL, start: 'zeros', layers: 'first', seed } as const;
      expect(still(await run(zeros))).toEqual(ALL_BUT_THE_LAST_BIAS);
      for (const freed of [{ biases: 'random' }, { activation: 'tanh' }] as const) {
        const result = await run({ ...zeros, ...freed });
        expect(still(result)).toEqual([]);
        expect(last(result).different.first).toBe(6);
      }
    }
  });

  it('a first layer of equal weights under random ones is told apart in the first epoch', async () => {
    for (const seed of seeds) {
      const { moments } = await run({ ...SMALL, layers: 'first', seed });
      expect(moments[0]!.different.first).toBe(1);
      // Units whose weights into the second layer are all small or that no example turns on may still look alike.
      expect(moments.at(-1)!.different.first).toBeGreaterThanOrEqual(5);
    }
  });

  it('one different weight makes one different unit, and no more', async () => {
    for (const seed of seeds) {
      const { moments } = await run({ ...SMALL, oneDifferent: true, seed });
      expect(moments.map(({ different }) => different)).toEqual(moments.map(() => ({ first: 2, second: 1 })));
    }
  });
}
