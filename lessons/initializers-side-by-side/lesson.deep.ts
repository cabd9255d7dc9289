import { type Lesson, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { deepOf } from './deep.ts';
import { LAW_NAMES } from './laws.ts';
import { lesson } from './lesson.ts';
import { sampleOf } from './sample.ts';
import { stackOf } from './stack.ts';
import { trainAll } from './train.ts';

const SEEDS = Array.from({ length: 20 }, (_, i) => 100 + i);

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };

describe('initializers side by side, at full size', () => {
  it('the longer run of the prediction learns its examples by heart and is worse on fresh ones, for every seed', async () => {
    for (const seed of [0, 7, 8, 9]) {
      const { result, values, leaked } = await runLesson(lesson, { epochs: 100, rate: 0.01, seed }, { data });
      expect(leaked).toBe(0);
      const { byLaw, constant } = result.training;
      expect(byLaw.He.train.at(-1)).toBeLessThan(constant.train);
      expect(lesson.answer(result, values), `seed ${seed}`).toBe('higher');
    }
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const instead = { seed: [9999], epochs: [1, 3] };
    for (const values of cornersOf(lesson as unknown as Lesson, instead))
      await expectSound(lesson as unknown as Lesson, values);
  });
});

describe('initializers side by side, over twenty seeds that the table does not have', () => {
  it('each law has samples that pass the test of Kolmogorov and Smirnov: of 260 at most two are further than one in a thousand', async () => {
    const far: string[] = [];
    for (const seed of SEEDS)
      for (const law of LAW_NAMES) {
        const { distance, critical } = await sampleOf(law, { inputs: 5, units: 10 }, seed);
        if (distance > critical) far.push(`${law} ${seed}`);
      }
    console.log(far);
    expect(far.length).toBeLessThanOrEqual(2);
  });

  it('LSUV ends within 0.02 of variance 1 on its batch and 0.15 on a fresh one, and the code of the slide does not', async () => {
    for (const seed of SEEDS) {
      const { lsuv, slide } = await stackOf(seed);
      const off = (layers: readonly { variance: number }[]) =>
        Math.max(...layers.map(({ variance }) => Math.abs(variance - 1)));
      expect(off(lsuv.stages.at(-1)!), `seed ${seed}`).toBeLessThanOrEqual(0.02001);
      expect(off(lsuv.fresh), `seed ${seed}`).toBeLessThanOrEqual(0.15);
      expect(off(slide), `seed ${seed}`).toBeGreaterThan(0.5);
    }
  });

  it('SELU with LeCun keeps every one of twenty layers between 0.7 and 1.4, with AlphaDropout too', async () => {
    for (const seed of SEEDS) {
      const deep = await deepOf(seed);
      for (const name of ['SELU, LeCun', 'SELU, LeCun, AlphaDropout'] as const)
        for (const { variance } of deep[name]) {
          expect(variance, `${name} ${seed}`).toBeGreaterThan(0.7);
          expect(variance, `${name} ${seed}`).toBeLessThan(1.4);
        }
    }
  });

  it('on random targets no network is clearly better than the best constant after the ten epochs of the slides; after 100 most are where they were trained, and on fresh examples none', async () => {
    for (const seed of SEEDS.slice(0, 6)) {
      const short = await trainAll({ epochs: 10, rate: 0.001, seed }, () => {});
      for (const law of LAW_NAMES) {
        // Forty steps of 0.001 from small weights fit a hundred targets a little: by 0.02 at most in the table.
        expect(short.byLaw[law].train.at(-1), `${law} ${seed}`).toBeGreaterThan(short.constant.train - 0.05);
        expect(short.byLaw[law].fresh.at(-1), `${law} ${seed}`).toBeGreaterThan(short.constant.fresh - 0.01);
      }
      const long = await trainAll({ epochs: 100, rate: 0.01, seed }, () => {});
      const count = LAW_NAMES.filter((law) => long.byLaw[law].train.at(-1)! < long.constant.train).length;
      expect(count).toBeGreaterThan(LAW_NAMES.length / 2);
      for (const law of LAW_NAMES) expect(long.byLaw[law].fresh.at(-1)).toBeGreaterThan(long.constant.fresh - 0.01);
    }
  });
});
