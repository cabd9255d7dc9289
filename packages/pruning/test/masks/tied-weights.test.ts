import * as tf from '@tensorflow/tfjs';
import { saveFolded } from '@weightkit/core';
import { artifactsOf, leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';

interface Holder {
  read(): tf.Tensor;
}

/** An output layer over the kernel of another, transposed. */
class Tied extends tf.layers.Layer {
  static className = 'Tied';
  kernel: Holder | undefined;
  tables: tf.Tensor[] | undefined;
  override computeOutputShape() {
    return [null, 4];
  }
  override call(x: tf.Tensor | tf.Tensor[]) {
    return tf.matMul(Array.isArray(x) ? x[0]! : x, this.kernel?.read() ?? this.tables![0]!, false, true);
  }
}

function tiedModel(tie: (tied: Tied, kernel: Holder) => void) {
  const dense = tf.layers.dense({ units: 3, inputShape: [4], useBias: false, name: 'code' });
  const tied = new Tied({ name: 'decode' });
  const model = tf.sequential({ layers: [dense] });
  tie(tied, (dense as unknown as { kernel: Holder }).kernel);
  model.add(tied);
  return model;
}

describe('prune with tied weights', () => {
  it('prune masks both uses: the model predicts with zeros in both, and as its fold does', async () => {
    const model = tiedModel((tied, kernel) => {
      tied.kernel = kernel;
    });
    const pruning = await prune(model, { sparsity: 0.5 });
    const eye = tf.eye(4);
    const predicted = await valuesOf(model.predict(eye) as tf.Tensor);
    const masked = tf.tidy(() => {
      const w = tf.mul(model.getWeights()[0]!, tf.cast(pruning.masks['code/kernel']!, 'float32'));
      return tf.matMul(w, w, false, true);
    });
    // The same products in the same order.
    expect(predicted).toEqual(await valuesOf(masked));
    expect(await pruning.verify()).toMatchObject({ pruned: 6, nonzero: 0 });
    expect(await leakOf(() => tf.dispose(model.predict(eye)))).toEqual({ tensors: 0, variables: 0 });
    const { weightData } = await artifactsOf((handler) => saveFolded(model, handler));
    const saved = new Float32Array(tf.io.CompositeArrayBuffer.join(weightData as ArrayBuffer));
    expect(saved.filter((w) => w === 0)).toHaveLength(6);
    pruning.fold();
    expect(await valuesOf(model.predict(eye) as tf.Tensor)).toEqual(predicted);
    expect((await model.getWeights()[0]!.data()).filter((w) => w === 0)).toHaveLength(6);
  });

  it('prune refuses a weight whose tf.Variable another layer keeps, by the names of both layers', async () => {
    const model = tiedModel((tied, kernel) => {
      tied.tables = [kernel.read()];
    });
    const run = async () => {
      await expect(prune(model, { sparsity: 0.5 })).rejects.toThrow(
        'prune: every layer must use a weight by its LayerVariable, got code/kernel (of layer code), whose tf.Variable layer decode ' +
          'keeps in tables[0]; keep the LayerVariable there, or leave the weight out',
      );
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
  });
});
