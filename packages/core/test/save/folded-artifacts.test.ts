import * as tf from '@tensorflow/tfjs';
import { artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { foldedArtifacts, parametrize, weightsOf } from '../../src/index.ts';
import { fill, numbers } from '../models.ts';

const small = () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.dense({ units: 1, name: 'b' }),
    ],
  });
  fill(model);
  return model;
};
const gain = {
  forward: (w: tf.Tensor, { g }: Readonly<Record<string, tf.Tensor>>) => tf.mul(w, g!),
  variables: { g: () => tf.scalar(3) },
};

describe('foldedArtifacts', () => {
  it('foldedArtifacts(plain model) is what stock model.save writes', async () => {
    const model = small();
    const folded = await foldedArtifacts(model);
    expect(folded).toEqual(await artifactsOf((handler) => model.save(handler)));
    model.dispose();
  });

  it('foldedArtifacts(parametrized) is what stock model.save writes after a fold', async () => {
    const model = small();
    const handles = weightsOf(model, ['*/kernel', 'bn/movingMean']).map((w) => parametrize(w, gain));
    const folded = await foldedArtifacts(model);
    for (const { fold } of handles) fold();
    expect(folded).toEqual(await artifactsOf((handler) => model.save(handler)));
    model.dispose();
  });

  it('foldedArtifacts(model) changes no bit of the model, leaks nothing, and training goes on as if never saved', async () => {
    const [saved, control] = [small(), small()];
    const x = numbers([4, 2], 1);
    const y = tf.ones([4, 1]);
    for (const model of [saved, control]) {
      for (const w of weightsOf(model, '*/kernel')) parametrize(w, gain);
      model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
      await model.trainOnBatch(x, y);
    }
    expect((await leakOf(() => foldedArtifacts(saved))).tensors).toBe(0);
    for (const model of [saved, control]) await model.trainOnBatch(x, y);
    const state = (model: tf.LayersModel) => Promise.all(model.getWeights().map((w) => w.data()));
    expect(await state(saved)).toEqual(await state(control));
    tf.dispose([x, y]);
    saved.dispose();
    control.dispose();
  });

  it('foldedArtifacts(model) is right when layers are frozen, which changes the order of getWeights', async () => {
    const model = small();
    parametrize(weightsOf(model, 'b/kernel')[0]!, gain);
    model.layers[0]!.trainable = false;
    const x = numbers([4, 2], 1);
    const again = await loadStock(await foldedArtifacts(model));
    expect(await valuesOf(again.predict(x) as tf.Tensor)).toEqual(await valuesOf(model.predict(x) as tf.Tensor));
    x.dispose();
    model.dispose();
    again.dispose();
  });

  it('foldedArtifacts(model) keeps bool, int32 and string weights and userDefinedMetadata', async () => {
    class Typed extends tf.layers.Layer {
      static className = 'WeightkitTestTyped';
      override build(): void {
        const values = [
          tf.tensor1d([true, false, true], 'bool'),
          tf.tensor1d([7, -70000], 'int32'),
          tf.tensor1d(['ab', '', 'é']),
          tf.tensor1d([0.5]),
        ];
        for (const value of values) {
          const initializer = Object.create(tf.initializers.zeros(), { apply: { value: () => value } });
          this.addWeight(value.dtype, value.shape, value.dtype, initializer, undefined, value.dtype === 'float32');
        }
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return Array.isArray(inputs) ? inputs[0]! : inputs;
      }
    }
    tf.serialization.registerClass(Typed);
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd' }), new Typed({ name: 'typed' })],
    });
    parametrize(weightsOf(model, 'd/kernel')[0]!, gain);
    model.setUserDefinedMetadata({ labels: ['cat'] });
    const artifacts = await foldedArtifacts(model);
    expect(artifacts.userDefinedMetadata).toEqual({ labels: ['cat'] });
    expect(artifacts.weightSpecs!.map(({ name, dtype }) => [name, dtype]).sort()).toEqual([
      ['d/bias', 'float32'],
      ['d/kernel', 'float32'],
      ['typed/bool', 'bool'],
      ['typed/float32', 'float32'],
      ['typed/int32', 'int32'],
      ['typed/string', 'string'],
    ]);
    const named = tf.io.decodeWeights(artifacts.weightData as ArrayBuffer, artifacts.weightSpecs!);
    const values = async (name: string) => [...((await named[name]!.data()) as unknown as Iterable<unknown>)];
    expect(await values('typed/bool')).toEqual([1, 0, 1]);
    expect(await values('typed/int32')).toEqual([7, -70000]);
    expect(await values('typed/string')).toEqual(['ab', '', 'é']);
    expect(await values('typed/float32')).toEqual([0.5]);
    tf.dispose(named);
    model.dispose();
  });

  it('foldedArtifacts(model with two weights of one name) throws before anything is written', async () => {
    const layer = () => tf.layers.dense({ units: 1, inputShape: [1], name: 'same' });
    const input = tf.input({ shape: [1] });
    const nested = tf.sequential({ name: 'nested', layers: [layer()] });
    const output = nested.apply(layer().apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    await expect(foldedArtifacts(model)).rejects.toThrow(
      'foldedArtifacts: weight names must be unique for stock TensorFlow.js to load the file, got same/kernel twice; give the layers different names, or save with { rename: true }',
    );
  });

  it('foldedArtifacts(model whose nested model also stands outside it) names the layer that stock saves twice', async () => {
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd' })] });
    const outer = tf.sequential({ name: 'outer', layers: [inner] });
    const input = tf.input({ shape: [1] });
    const output = inner.apply(outer.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    await expect(foldedArtifacts(model)).rejects.toThrow(
      'got d/kernel twice; its layer stands in a nested model and outside it',
    );
    await expect(loadStock(await artifactsOf((handler) => model.save(handler)))).rejects.toThrow(
      'Duplicate weight name: d/kernel',
    );
  });

  it('foldedArtifacts(what is no LayersModel) throws a TypeError', async () => {
    const layer = tf.layers.dense({ units: 1, inputShape: [1] });
    for (const bad of [null, layer, {}])
      await expect(foldedArtifacts(bad as never)).rejects.toThrow('foldedArtifacts: model must be a LayersModel, got ');
  });

  it('foldedArtifacts(model) frees what it computed when a transform throws', async () => {
    const model = small();
    parametrize(weightsOf(model, 'a/kernel')[0]!, gain);
    let broken = false;
    parametrize(weightsOf(model, 'b/kernel')[0]!, {
      forward: (w) => {
        if (broken) throw new Error('late');
        return w;
      },
    });
    broken = true;
    const attempt = () => expect(foldedArtifacts(model)).rejects.toThrow('late');
    expect((await leakOf(attempt)).tensors).toBe(0);
    model.dispose();
  });
});
