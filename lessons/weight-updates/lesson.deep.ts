import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { type Params, type Result, weightUpdates } from './experiment.ts';
import { lesson } from './lesson.ts';
import { shareApart, startOf } from './measure.ts';
import { SURFACES } from './surfaces.ts';

/** As in lesson.test.ts. */
const worst = ({ tracks }: Result): number => Math.max(...tracks.map(shareApart));

describe('every step by hand', () => {
  it.each(SURFACES)(
    'is that of tf.train to 1e-6 over 100 steps from 30 places, at rates from 0.01 to 1: %s',
    async (surface) => {
      for (let seed = 100; seed < 130; seed++) {
        const rate = [0.01, 0.1, 0.3, 1][seed % 4]!;
        const settings = { rate, momentum: 0.9, decay: 0.9, beta2: 0.999, nesterov: seed % 3 === 0, noise: 0.2, seed };
        expect(worst(await weightUpdates({ surface, ...startOf(seed), ...settings, steps: 100 }, {}))).toBeLessThan(
          1e-6,
        );
      }
    },
    600_000,
  );

  it('holds at all ends of the controls, and no number is none there', async () => {
    const tiny = { steps: [2], seed: [0] };
    for (const corner of cornersOf(lesson as never, tiny) as unknown as Params[])
      expect(worst(await expectSound(lesson, corner))).toBeLessThan(1e-6);
  }, 1_200_000);
});
