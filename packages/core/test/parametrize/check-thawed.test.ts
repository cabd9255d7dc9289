import * as tf from '@tensorflow/tfjs';
import { checkThawed, isParametrized, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';

const scaled = {
  forward: (w: tf.Tensor, { s }: Readonly<Record<string, tf.Tensor>>) => tf.mul(w, s!),
  rightInverse: (w: tf.Tensor) => w,
  variables: { s: () => tf.scalar(1) },
};

async function onModel(body: (model: tf.LayersModel, variable: tf.Variable) => void): Promise<void> {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
  body(model, weightsOf(model)[0]!.variable!);
  model.dispose();
}

/** As `freeze` does it. */
const hold = (variable: tf.Variable) =>
  Object.defineProperty(variable, 'trainable', { get: () => false, set() {}, configurable: true });

const ways: [how: string, freeze: (model: tf.LayersModel, variable: tf.Variable) => void][] = [
  [
    'by the flag of its variable',
    (_, variable) => {
      variable.trainable = false;
    },
  ],
  ['by an accessor in its place', (_, variable) => hold(variable)],
  [
    'by an accessor, in a layer whose own flag is off and may be put on again',
    (model, variable) => {
      model.layers[0]!.trainable = false;
      hold(variable);
    },
  ],
];

describe('checkThawed', () => {
  it('says what to do where an adapter holds the weight', async () => {
    await onModel((model, variable) => {
      hold(variable);
      const [kernel] = weightsOf(model);
      const adapter = parametrize(kernel!, { ...scaled, kind: 'lora', beside: true });
      expect(() => checkThawed('weightNorm', weightsOf(model)[0]!)).toThrow(
        'got out/kernel, which lora holds; merge or remove that first',
      );
      adapter.restore();
      expect(() => checkThawed('weightNorm', weightsOf(model)[0]!)).toThrow('; unfreeze it, then weightNorm');
    });
  });

  it.each(ways)(
    'parametrize refuses variables on a weight that is frozen %s, and changes nothing',
    async (_, freeze) => {
      const run = () =>
        onModel((model, variable) => {
          freeze(model, variable);
          expect(() => parametrize(model.layers[0]!, 'kernel', scaled)).toThrow(
            'parametrize: weight must not be frozen, for variables added to it would be trained, got out/kernel; unfreeze it, ' +
              'then parametrize, then freeze both',
          );
          expect(isParametrized(model)).toBe(false);
          expect(model.weights).toHaveLength(2);
          // A transform without variables trains nothing more.
          parametrize(model.layers[0]!, 'kernel', { forward: scaled.rightInverse }).restore();
        });
      expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    },
  );

  it('passes a layer whose own flag is off: the new variable takes it', () =>
    onModel((model) => {
      model.layers[0]!.trainable = false;
      checkThawed('ask', weightsOf(model)[0]!);
      const { variables } = parametrize(model.layers[0]!, 'kernel', scaled);
      expect(variables.s!.trainable).toBe(false);
    }));
});
