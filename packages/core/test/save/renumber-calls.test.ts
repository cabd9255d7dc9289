import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldedArtifacts } from '../../src/save/folded-artifacts.ts';
import { renumberCalls } from '../../src/save/renumber-calls.ts';

const dense = (name: string): tf.layers.Layer =>
  tf.layers.dense({
    units: 3,
    name,
    activation: 'tanh',
    kernelInitializer: 'glorotNormal',
    biasInitializer: 'randomNormal',
  }) as never;

const valuesOf = async (model: tf.LayersModel, x: tf.Tensor): Promise<number[][]> => {
  const outputs = [model.predict(x)].flat();
  const values = await Promise.all(outputs.map(async (one) => Array.from(await one.data())));
  tf.dispose(outputs);
  return values;
};

/** A model with a layer that is called on a sum, and then on what was there before it. */
function shared(): tf.LayersModel {
  const x = tf.input({ shape: [3] });
  const both = dense('both');
  const first = both.apply(x) as tf.SymbolicTensor;
  const sum = tf.layers.add({ name: 'sum' }).apply([x, first]) as tf.SymbolicTensor;
  const late = both.apply(sum) as tf.SymbolicTensor;
  const early = both.apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: x, outputs: [dense('out').apply(late) as tf.SymbolicTensor, early] });
}

describe('calls of shared layers', () => {
  it('stock saves and loads a model with its calls taken one for the other', async () => {
    // A canary: when it fails, stock numbers calls right, and `renumberCalls` can go.
    const model = shared();
    const x = tf.tensor2d([[1, -2, 0.5]]);
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (given) => {
        artifacts = given;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
    expect(await valuesOf(loaded, x)).not.toEqual(await valuesOf(model, x));
    for (const one of [model, loaded]) one.dispose();
    x.dispose();
  });

  it('foldedArtifacts of it are loaded by stock as the model that was saved, nested in another model too', async () => {
    const x = tf.tensor2d([[1, -2, 0.5]]);
    const inner = shared();
    const input = tf.input({ shape: [3] });
    const outer = tf.model({
      inputs: input,
      outputs: inner.apply(dense('before').apply(input)) as tf.SymbolicTensor[],
    });
    for (const model of [inner, outer]) {
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(await foldedArtifacts(model)));
      expect(await valuesOf(loaded, x)).toEqual(await valuesOf(model, x));
      loaded.dispose();
    }
    outer.dispose();
    x.dispose();
  });

  it('are numbered so that stock loads every graph of shared layers as it was', async () => {
    // Each step takes two earlier tensors, adds them and gives the sum to one of three layers.
    const step = fc.tuple(fc.nat(2), fc.nat(20), fc.nat(20));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const x = tf.input({ shape: [3] });
        const layers = ['p', 'q', 'r'].map(dense);
        const tensors = [x];
        for (const [layer, i, j] of steps) {
          const [a, b] = [tensors[i % tensors.length]!, tensors[j % tensors.length]!];
          const from = a === b ? a : (tf.layers.add().apply([a, b]) as tf.SymbolicTensor);
          tensors.push(layers[layer]!.apply(from) as tf.SymbolicTensor);
        }
        const model = tf.model({ inputs: x, outputs: tensors.slice(-2) });
        const loaded = await tf.loadLayersModel(tf.io.fromMemory(await foldedArtifacts(model)));
        const given = tf.tensor2d([[1, -2, 0.5]]);
        expect(await valuesOf(loaded, given)).toEqual(await valuesOf(model, given));
        for (const one of [model, loaded]) one.dispose();
        given.dispose();
      }),
      { numRuns: tf.getBackend() === 'webgpu' ? 5 : 40 },
    );
  });
});

describe('renumberCalls', () => {
  it('gives back what has its numbers right, what is no functional model, and calls that can never be made', () => {
    const one = (calls: object[]) => ({ layers: [{ name: 'a', inbound_nodes: calls }] }) as never;
    for (const config of [
      one([[]]),
      one([[['a', 0, 0, {}]]]),
      { layers: [{ class_name: 'Dense' }] },
      { layers: 3 },
      {},
    ] as never[])
      expect(renumberCalls(config)).toBe(config);
  });
});
