import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type PruneRule, planOf, sizeOf } from '../../src/masks/plan.ts';
import { zerosOf } from '../../src/masks/zeros-of.ts';
import { mlp } from '../models.ts';

describe('planOf', () => {
  const model = mlp();

  it("planOf chooses kernels in the model's order and gives a reason for every other weight", () => {
    const plan = planOf('f', model, {});
    expect(plan.weights.map(({ path }) => path)).toEqual(['a/kernel', 'b/kernel']);
    expect(plan.skipped).toEqual([
      { path: 'a/bias', parameters: 5, reason: 'the filter leaves it out' },
      { path: 'b/bias', parameters: 3, reason: 'the filter leaves it out' },
    ]);
    expect([plan.scope, plan.weights.map(sizeOf)]).toEqual(['layer', [20, 15]]);
  });

  it('planOf leaves out a chosen weight that no property of its layer holds, and says so', () => {
    class Listed extends tf.layers.Layer {
      static className = 'PruningTestListed';
      override build(): void {
        this.addWeight('w', [2, 2], 'float32', tf.initializers.ones());
        this.built = true;
      }
      override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        return x;
      }
    }
    const only = tf.sequential({ layers: [new Listed({ inputShape: [4], name: 'l' })] });
    const filter = '**';
    expect(() => planOf('f', only, { filter })).toThrow(
      'f: filter must match a weight that can be masked, got ["l/w: no property of its layer holds it"]',
    );
    const both = tf.sequential({ layers: [mlp(), new Listed({ name: 'l' })] });
    expect(planOf('f', both, { filter }).skipped).toEqual([
      { path: 'l/w', parameters: 4, reason: 'no property of its layer holds it' },
    ]);
    only.dispose();
    both.dispose();
  });

  it('planOf refuses a filter that matches nothing, a wrong scope and a wrong score', () => {
    expect(() => planOf('f', model, { filter: 'c/**' })).toThrow(RangeError);
    expect(() => planOf('f', model, { scope: 'all' } as unknown as PruneRule)).toThrow(
      new RangeError("f: scope must be 'layer', 'output', 'global', 'erk' or 'lamp', got \"all\""),
    );
    expect(() => planOf('f', model, { score: 1 } as unknown as PruneRule)).toThrow(TypeError);
  });

  it('zerosOf is a number for each weight, or one for all together', () => {
    expect(zerosOf('f', { sparsity: 0.5 }, planOf('f', model, {}))).toEqual([10, 8]);
    expect(zerosOf('f', { sparsity: 0.5 }, planOf('f', model, { scope: 'global' }))).toBe(18); // 17.5, to even
  });
});
