import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { expect } from 'vitest';
import { planShrink, prune, random, shrink } from '../../src/index.ts';
import { dice, generatedModel, outputsOf, reloaded } from './generated.ts';

/** Whether stock TensorFlow.js runs a model: it frees what a layer hands on as it is (Dropout) when another has read it. */
function runs(model: tf.LayersModel): boolean {
  const inputs = model.inputs.map(({ shape }) => tf.ones(shape.map((size) => size ?? 1)));
  try {
    tf.tidy(() => model.predictOnBatch(inputs));
    return true;
  } catch {
    return false;
  } finally {
    tf.dispose(inputs);
  }
}

/** Rounding: of sums of other lengths, and of constants that were added in another order. */
const WITHIN = { exact: 1e-6, absorb: 1e-5 } as const;

/**
 * Masks units or channels of a generated model at random (kernels alone, which leaves constants, to absorb), shrinks it and checks the
 * smaller one; says how many units went, or null for a model that stock cannot run.
 */
export async function checkGenerated(seed: number, mode: 'exact' | 'absorb' = 'exact'): Promise<number | null> {
  const model = generatedModel(seed);
  if (!runs(model)) {
    model.dispose();
    return null;
  }
  const before = weightsOf(model).length;
  const draw = dice(seed + 7919);
  const structure = mode === 'absorb' ? { axis: -1 } : draw.is(0.75) ? 'unit' : 'channel';
  const pruning = await prune(model, { structure, sparsity: draw.of([0.3, 0.5]), score: random({ seed }) });
  try {
    const plan = await planShrink(model, { mode }).catch((error: Error) => error);
    if (plan instanceof Error) {
      expect(plan.message).toMatch(/^planShrink: a layer must keep a unit/);
      return 0;
    }
    const removed = plan.before.units - plan.after.units;
    if (removed === 0) {
      await expect(shrink(model, { mode })).rejects.toThrow('shrink: model must have a unit that can go, got none');
      return 0;
    }
    const shrunk = await shrink(model, { mode }).catch((error: Error) => error);
    if (shrunk instanceof Error) {
      // Stock loads a file of this model as another, too.
      expect(shrunk.message, `seed ${seed}`).toContain('shrink: the calls of a shared layer must be in an order');
      return 0;
    }
    const { model: small, certificate } = shrunk;
    const again = await reloaded(small);
    const probes = small.inputs.map(({ shape }) =>
      tf.randomNormal(
        shape.map((size) => size ?? 3),
        0,
        1,
        'float32',
        seed,
      ),
    );
    try {
      expect(certificate.relative, `seed ${seed}`).toBeLessThanOrEqual(WITHIN[mode]);
      expect(small.countParams(), `seed ${seed}`).toBe(plan.after.parameters);
      expect(weightsOf(small).length).toBe(before);
      expect(await outputsOf(again, probes), `seed ${seed}`).toEqual(await outputsOf(small, probes));
      return removed;
    } finally {
      tf.dispose(probes);
      again.dispose();
      small.dispose();
    }
  } finally {
    pruning.dispose();
    model.dispose();
  }
}
