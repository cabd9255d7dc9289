import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params, Result } from './experiment.ts';
import { JUDGE } from './explain.ts';
import { randomOf } from './figure.ts';
import { lesson } from './lesson.ts';
import { BASE, DECAY, LONG, SPREADS } from './measure.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };

/** Runs with seeds that the table does not have. */
async function runsOf(params: Partial<Params>, count = 16): Promise<Result[]> {
  const results = [];
  for (let seed = 400; seed < 400 + count; seed++)
    results.push((await runLesson(lesson, { retrain: false, ...params, seed }, { data })).result);
  return results;
}
const random = (results: readonly Result[], method: '|weights|' | typeof JUDGE) =>
  meanInterval(results.map((result) => randomOf(result, method)));

describe('weight importance, on seeds that the table does not have', () => {
  it('weight decay takes weights away from random numbers', async () => {
    const [plain, decayed] = [await runsOf({ steps: LONG }), await runsOf({ steps: LONG, decay: DECAY })];
    const less = plain.map((result, i) => randomOf(result, '|weights|') - randomOf(decayed[i]!, '|weights|'));
    expect(meanInterval(less).low).toBeGreaterThan(0);
    expect(random(decayed, '|weights|').low).toBeGreaterThan(random(decayed, JUDGE).high + 0.05);
  }, 600_000);

  it('the smaller random numbers are, the more weight they get, and the judge gives them little', async () => {
    const all = [];
    for (const spread of SPREADS) all.push(await runsOf({ spread }, 10));
    const shares = all.map((results) => random(results, '|weights|').mean);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    for (const results of all) expect(random(results, JUDGE).mean).toBeLessThan(0.08);
  }, 900_000);

  it('what a network loses by shuffling an input is more than what a training without it loses', async () => {
    const results = await runsOf({ steps: BASE.steps, retrain: true });
    const losses = results.map(
      ({ shuffled, retrained, accuracy, measured }) => shuffled.lost[measured]! - (accuracy - retrained![measured]!),
    );
    expect(meanInterval(losses).low).toBeGreaterThan(0.05);
  }, 600_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { steps: [10, 200], seed: [999], example: [0], baseline: ['average'] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_800_000);
});
