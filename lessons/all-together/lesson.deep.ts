import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params, Result, Stage } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** Runs with seeds that the table does not have, each kept. */
const runs = new Map<string, Promise<Result[]>>();
function fresh(params: Partial<Params>): Promise<Result[]> {
  const key = JSON.stringify(params);
  const all = async () => {
    const results: Result[] = [];
    for (let seed = 50; seed < 58; seed++)
      results.push((await runLesson(lesson, { ...params, seed }, { data })).result);
    return results;
  };
  if (!runs.has(key)) runs.set(key, all());
  return runs.get(key)!;
}

const last = ({ stages }: Result): Stage => stages.at(-1)!;
const lost = (results: readonly Result[], than: (result: Result) => number) =>
  meanInterval(results.map((result) => than(result) - last(result).accuracy));
const whole = ({ stages }: Result): number => stages[0]!.accuracy;

describe('all together, on seeds that the table does not have', () => {
  it('in 30 kB a network is within a point of the whole one, also of one that is trained as long', async () => {
    const all = await fresh({ compare: true });
    expect(lost(all, whole).high).toBeLessThan(0.01);
    expect(lost(all, ({ longer }) => longer!).high).toBeLessThan(0.01);
    for (const { stages, bits } of all) {
      expect(stages.at(-1)!.bytes).toBeLessThan(30_000);
      expect(bits).toBe(8);
    }
  }, 900_000);

  it('in 8 kB it is within a point of the whole one, and training with codes is what keeps it there', async () => {
    const all = await fresh({ budget: 8 });
    expect(lost(all, whole).high).toBeLessThan(0.01);
    expect(meanInterval(all.map((result) => last(result).accuracy - last(result).before!)).low).toBeGreaterThan(0);
    for (const result of all) expect(last(result).gzip).toBeLessThanOrEqual(8000);
  }, 900_000);

  it('packed bit by bit, codes of few bits have fewer bytes than gzip makes of a byte for each', async () => {
    for (const { codes } of await fresh({ budget: 8 })) expect(codes.tight.gzip).toBeLessThan(codes.whole.gzip);
  }, 900_000);

  it('to 8 kB all three together lose less than zeros alone', async () => {
    const [three, zeros] = [
      await fresh({ budget: 8, units: 50 }),
      await fresh({ budget: 8, units: 0, zeros: 90, bits: '8' }),
    ];
    const better = meanInterval(three.map((result, i) => last(result).accuracy - last(zeros[i]!).accuracy));
    expect(better.low).toBeGreaterThan(0.01);
  }, 900_000);

  it('meets its challenge with more images and more steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ budget: 8, units: 50, images: 20_000, steps: 1000, tune: 500 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 900_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { bits: ['as many as fit', '2'], steps: [10], tune: [10], images: [100], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_800_000);
});
