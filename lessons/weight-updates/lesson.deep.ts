import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { type Params, type Result, type Track, weightUpdates } from './experiment.ts';
import { lesson } from './lesson.ts';
import { shareApart, startOf } from './measure.ts';
import { EPSILON } from './rules.ts';
import { SURFACES } from './surfaces.ts';
import { noiseAt, START, stepBoth } from './walk.ts';

/** As in lesson.test.ts. */
const worst = ({ tracks }: Result): number => Math.max(...tracks.map(shareApart));

/**
 * What the rounding of a gradient to float32 may move a step of RMSProp beyond 1e-6. A gradient is a sum of the slope and the noise,
 * off by 2^-22 of both where they cancel (four roundings), and the step is rate * g / sqrt(d * s + (1 - d) * g^2 + epsilon): where what
 * was before, d * s, is still nothing, it moves by up to rate / sqrt(epsilon), 3162 times the rate, of that.
 */
function byRounding({ points }: Track, params: Params): number {
  let memory = START;
  let most = 0;
  for (let at = 0; at < points.length - 1; at++) {
    const noise = noiseAt(params, at);
    const both = stepBoth('RMSProp', points[at]!, memory, at, params);
    const moves = both.gradient.map((sum, i) => {
      const terms = Math.abs(sum - noise[i]!) + Math.abs(noise[i]!);
      return (params.rate * 2 ** -22 * terms) / Math.sqrt(params.decay * memory[i]!.square + EPSILON);
    });
    most = Math.max(most, Math.hypot(...moves));
    memory = both.memory;
  }
  return most;
}

describe('every step by hand', () => {
  it.each(SURFACES)(
    'is that of tf.train to 1e-6 over 100 steps from 30 places, at rates from 0.01 to 1: %s',
    async (surface) => {
      for (let seed = 100; seed < 130; seed++) {
        const rate = [0.01, 0.1, 0.3, 1][seed % 4]!;
        const settings = { rate, momentum: 0.9, decay: 0.9, beta2: 0.999, nesterov: seed % 3 === 0, noise: 0.2, seed };
        const params = { surface, ...startOf(seed), ...settings, steps: 100 };
        for (const track of (await weightUpdates(params, {})).tracks)
          expect(shareApart(track), `${track.optimizer} ${seed}`).toBeLessThan(
            1e-6 + (track.optimizer === 'RMSProp' ? byRounding(track, params) : 0),
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
