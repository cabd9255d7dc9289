import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { breakingSymmetry } from './experiment.ts';
import { figures } from './figure.ts';

const SEEDS = [0, 1, 2, 3, 4];

describe('breakingSymmetry', () => {
  it('from zero kernels and biases with ReLU nothing but the output bias ever moves', async () => {
    for (const seed of SEEDS) {
      const { moved, spread } = await breakingSymmetry({ start: 'zeros', activation: 'relu', steps: 20, seed });
      expect(moved).toBe(0);
      expect(Math.max(...spread)).toBe(0);
    }
  });

  it('from equal kernels the network learns, and its hidden units stay equal', async () => {
    for (const activation of ['relu', 'tanh'] as const)
      for (const seed of SEEDS) {
        const { moved, spread } = await breakingSymmetry({ start: 'constant', activation, steps: 20, seed });
        expect(moved).toBeGreaterThan(1e-3);
        // Equal units get the same sums in another order of additions at most: 20 steps x 64 addends x 2^-24, times weights
        // and gradients below 1, bounds their difference.
        expect(Math.max(...spread)).toBeLessThanOrEqual(20 * 64 * 2 ** -24);
      }
  });

  it('a random start breaks the symmetry and ends lower than an equal one, on every seed', async () => {
    for (const seed of SEEDS) {
      const random = await breakingSymmetry({ start: 'random', activation: 'tanh', steps: 60, seed });
      const equal = await breakingSymmetry({ start: 'constant', activation: 'tanh', steps: 60, seed });
      expect(random.spread[0]).toBeGreaterThan(0.1);
      expect(random.loss.at(-1)!).toBeLessThan(equal.loss.at(-1)!);
    }
  });

  it('same parameters, same result; no tensor is left; the figures show every start', async () => {
    const params = { start: 'random', activation: 'tanh', steps: 3, seed: 7 } as const;
    const result = await breakingSymmetry(params);
    expect(await breakingSymmetry(params)).toEqual(result);
    expect(await leakOf(() => breakingSymmetry(params))).toEqual({ tensors: 0, variables: 0 });
    expect(figures({ random: result }).map((figure) => figure.table.rows.length)).toEqual([4, 4]);
  });

  it('stops when asked to and rejects what it cannot do', async () => {
    const params = { start: 'random', activation: 'tanh', steps: 3, seed: 7 } as const;
    const stop = new AbortController();
    const run = breakingSymmetry(params, { onProgress: () => stop.abort(), signal: stop.signal });
    await expect(run).rejects.toThrow(/abort/i);
    await expect(breakingSymmetry({ ...params, steps: Number.NaN })).rejects.toThrow(
      'breakingSymmetry: steps must be an integer of 1 or more, got NaN',
    );
  });
});
