import * as tf from '@tensorflow/tfjs';
import { l0Gates, prune } from '@weightkit/pruning';
import { trainActivations, trainQuantized } from '@weightkit/quantization';
import { dora, freeze, ia3, lora, pissa, tie, vera } from '@weightkit/transfer-freeze';
import {
  constrain,
  orthogonal,
  spectralNorm,
  structured,
  weightNorm,
  weightNormModel,
  weightStandardization,
  weightStandardizationModel,
} from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';

// What is built on `parametrize` of core refuses in its own name: nobody has called `parametrize`.
const callers: Record<string, (model: tf.Sequential) => unknown> = {
  dora: (model) => dora(model, { rank: 1 }),
  ia3: (model) => ia3(model),
  l0Gates: (model) => l0Gates(model, { strength: 1, seed: 1 }),
  lora: (model) => lora(model, { rank: 1 }),
  orthogonal: (model) => orthogonal(model.layers[0]!),
  pissa: (model) => pissa(model, { rank: 1 }),
  prune: (model) => prune(model, { sparsity: 0.5 }),
  spectralNorm: (model) => spectralNorm(model.layers[0]!),
  structured: (model) => structured(model.layers[0]!, { structure: 'symmetric' }),
  tie: (model) => tie(model, 'a/kernel', 'b/kernel'),
  trainActivations: (model) => trainActivations(model),
  trainQuantized: (model) => trainQuantized(model, { grid: { dtype: 'int4' } }),
  vera: (model) => vera(model, { rank: 1 }),
  weightNorm: (model) => weightNorm(model.layers[0]!),
  weightNormModel: (model) => weightNormModel(model),
  weightStandardization: (model) => weightStandardization(model.layers[0]!),
  weightStandardizationModel: (model) => weightStandardizationModel(model, { gain: false }),
};

const made = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [4], name: 'a', activation: 'relu' }),
      tf.layers.dense({ units: 4, name: 'b' }),
    ],
  });

/** What a call is refused with, the promise of one too. */
async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

describe('who refuses', () => {
  it.each(Object.entries(callers))(
    '%s says its own name where a weight is constrained, and changes nothing',
    async (name, call) => {
      const model = made();
      const constraints = await constrain(model, [
        { filter: 'a/kernel', constraint: 'minMaxNorm', minValue: 0.5, maxValue: 1 },
      ]);
      const { numTensors } = tf.memory();
      const before = model.layers.map((layer) => layer.weights.length);
      expect(await refusal(() => call(model))).toMatch(
        new RegExp(`^${name}: weight must not be constrained, got a/kernel with minMaxNorm`),
      );
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(model.layers.map((layer) => layer.weights.length)).toEqual(before);
      constraints.fold();
      model.dispose();
    },
  );

  it.each(['l0Gates', 'trainActivations', 'weightNorm'])(
    '%s says its own name where a weight is frozen',
    async (name) => {
      const model = made();
      const frozen = await freeze(model);
      expect(await refusal(() => callers[name]!(model))).toMatch(new RegExp(`^${name}: `));
      frozen.unfreeze();
      model.dispose();
    },
  );
});
