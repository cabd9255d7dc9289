import { nodeData } from '@weightkit/datasets/node';
import { runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { claims } from './claims.ts';
import type { Net, Params } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();
const SEEDS = [0, 1, 2, 3, 4];

/** The table of the page: the lesson's own size, each seed. */
async function runs(params: Partial<Params>): Promise<Net[]> {
  const results: Net[] = [];
  for (const seed of SEEDS) {
    const { result } = await runLesson(lesson, { start: 'constant', ...params, seed }, { data });
    results.push(result.nets[0]!);
  }
  return results;
}

const accuracies = (results: readonly Net[]) => results.map(({ moments }) => moments.at(-1)!.accuracy);
const different = (results: readonly Net[]) => results.map(({ moments }) => Object.values(moments.at(-1)!.different));
const all = <T>(value: T): T[] => SEEDS.map(() => value);

/** Mean and the half of its 95 % interval; 2.776 is the quantile of Student's t with 4 degrees of freedom. */
function interval(values: readonly number[]): { low: number; high: number } {
  const mean = values.reduce((sum, x) => sum + x) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  const half = 2.776 * Math.sqrt(variance / values.length);
  console.log(`${mean.toFixed(3)} ± ${half.toFixed(3)}`);
  return { low: mean - half, high: mean + half };
}

describe('breaking symmetry in small networks', () => claims(SEEDS));

describe('breaking symmetry at the size of the page', () => {
  it('random kernels reach a test accuracy of 0.75, equal ones about that of one unit per layer: 0.2 to 0.4', async () => {
    const random = await runs({ start: 'random' });
    expect(interval(accuracies(random)).low).toBeGreaterThan(0.75);
    expect(different(random)).toEqual(all([16, 16]));
    const equal = await runs({});
    expect(different(equal)).toEqual(all([1, 1]));
    const single = await runs({ units: 1, value: 0.1 });
    for (const results of [equal, single]) {
      const { low, high } = interval(accuracies(results));
      expect(low).toBeGreaterThan(0.2);
      expect(high).toBeLessThan(0.4);
    }
    const [ours, theirs] = [accuracies(equal), accuracies(single)];
    const difference = interval(ours.map((accuracy, i) => accuracy - theirs[i]!));
    // Within 0.05: four standard errors of a share of 0.27 of 500 digits, sqrt(0.27 * 0.73 / 500) = 0.02, paired.
    expect(Math.max(Math.abs(difference.low), Math.abs(difference.high))).toBeLessThan(0.05);
  });

  it('one different weight gains nothing', async () => {
    const [one, equal] = [await runs({ oneDifferent: true }), await runs({})];
    expect(different(one)).toEqual(all([2, 1]));
    const gain = interval(accuracies(one).map((accuracy, i) => accuracy - accuracies(equal)[i]!));
    expect(gain.high).toBeLessThan(0.05);
  });

  it('zero kernels, all or the first alone, guess; random biases or tanh free a first layer of zeros', async () => {
    for (const layers of ['all', 'first'] as const) {
      const stuck = await runs({ start: 'zeros', layers });
      for (const { moved } of stuck)
        expect(Object.entries(moved).flatMap(([path, change]) => (change > 0 ? [path] : []))).toEqual(['output/bias']);
      expect(interval(accuracies(stuck)).high).toBeLessThan(0.15);
    }
    for (const freed of [{ biases: 'random' }, { activation: 'tanh' }] as const)
      expect(interval(accuracies(await runs({ start: 'zeros', layers: 'first', ...freed }))).low).toBeGreaterThan(0.7);
  });
});
