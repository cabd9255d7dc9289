import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { mlp } from '../models.ts';

describe('report', () => {
  it('report() has every weight once, pruned or skipped with a reason, and the totals', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.25, filter: 'a/*' });
    expect(pruning.report()).toEqual({
      weights: [
        { path: 'a/kernel', shape: [4, 5], parameters: 20, zeros: 5, sparsity: 0.25 },
        { path: 'a/bias', shape: [5], parameters: 5, zeros: 1, sparsity: 0.2 },
      ],
      groups: [],
      skipped: [
        { path: 'b/kernel', parameters: 15, reason: 'the filter leaves it out' },
        { path: 'b/bias', parameters: 3, reason: 'the filter leaves it out' },
      ],
      parameters: 25,
      zeros: 6,
      sparsity: 0.24,
    });
    pruning.dispose();
    model.dispose();
  });

  it('report() is a copy: changing it changes nothing, and it can be read after fold', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    const first = pruning.report();
    first.weights[0]!.shape[0] = 99;
    first.skipped.length = 0;
    pruning.fold();
    const second = pruning.report();
    expect([second.weights[0]!.shape, second.skipped.length, pruning.sparsity]).toEqual([[4, 5], 2, 18 / 35]);
    model.dispose();
  });
});
