import * as tf from '@tensorflow/tfjs';
import { artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { foldedArtifacts, parametrize, type SavedModel, saveFolded } from '../../src/index.ts';
import { numbers } from '../models.ts';

type Variables = tf.LayerVariable[];
/** A layer that makes two layers of one name, `a`, itself, as residual blocks do. */
class Block extends tf.layers.Layer {
  static className = 'WeightkitTestBlock';
  inner: tf.layers.Layer[] = [];
  override build(shape: tf.Shape): void {
    this.inner = [0, 1].map(() => tf.layers.dense({ units: 2, activation: 'tanh', name: 'a' }));
    for (const layer of this.inner) {
      layer.apply(tf.input({ shape: shape.slice(1) }));
      (this as unknown as { _trainableWeights: Variables })._trainableWeights.push(...layer.trainableWeights);
    }
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return this.inner.reduce((y, layer) => layer.apply(y) as tf.Tensor, x);
  }
}
tf.serialization.registerClass(Block);

/** The same, made before the layer has a scope for their names. */
class Ready extends Block {
  static override className = 'WeightkitTestReady';
  constructor(args: { name: string }) {
    super(args);
    super.build([null, 2]);
    this.built = false;
  }
  override build(): void {
    this.built = true;
  }
}
tf.serialization.registerClass(Ready);

/** A layer whose first weight's name begins with a number. */
class Numbered extends tf.layers.Layer {
  static className = 'WeightkitTestNumbered';
  override build(): void {
    for (const name of ['2nd', '1st']) this.addWeight(name, [2], 'float32', tf.initializers.ones());
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const [scale, shift] = this.weights.map((weight) => weight.read());
    return tf.tidy(() => tf.add(tf.mul(x, scale!), shift!));
  }
}
tf.serialization.registerClass(Numbered);

const dense = (name: string, options = {}) =>
  tf.layers.dense({ units: 2, inputShape: [2], activation: 'tanh', name, ...options });
const nested = (name: string, layers: tf.layers.Layer[]) => tf.sequential({ name, layers });
const functional = (name: string, layers: tf.layers.Layer[]): tf.LayersModel => {
  const inputs = tf.input({ shape: [2], name: `${name}_in` });
  const outputs = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  return tf.model({ name, inputs, outputs });
};
const bidirectional = (name: string) =>
  tf.layers.bidirectional({ layer: tf.layers.gru({ units: 1, name: 'g' }) as tf.RNN, mergeMode: 'concat', name });

const MODELS: [string, () => tf.LayersModel, expected: 'numbers' | 'layers'][] = [
  [
    'a, a inside a custom layer',
    () => tf.sequential({ layers: [dense('first'), new Block({ name: 'block' })] }),
    'numbers',
  ],
  [
    'the same in a nested model',
    () => tf.sequential({ layers: [nested('n', [dense('first'), new Block({ name: 'b' })])] }),
    'numbers',
  ],
  [
    'two of these blocks in one nested model',
    () => {
      const blocks = ['b', 'c'].map((name) => new Block({ name }));
      return tf.sequential({ layers: [nested('n', [dense('first'), ...blocks])] });
    },
    'numbers',
  ],
  [
    'equal names in two nested models',
    () => tf.sequential({ layers: [nested('n', [dense('d')]), nested('m', [dense('d')])] }),
    'layers',
  ],
  [
    'equal names in two nested functional models',
    () =>
      functional('all', [
        functional('n', [dense('d'), dense('e')]),
        functional('m', [dense('d'), dense('d_1'), dense('e')]),
      ]),
    'layers',
  ],
  [
    'a layer and one of its name in a nested model',
    () => functional('all', [dense('d'), nested('n', [dense('d')])]),
    'layers',
  ],
  [
    'BatchNorms of one name, one frozen',
    () => {
      const layers = () => [dense('d', { trainable: false }), tf.layers.batchNormalization({ name: 'bn' })];
      return functional('all', [functional('n', layers()), functional('m', layers())]);
    },
    'layers',
  ],
  [
    'recurrent layers of one name',
    () => {
      const rnn = () => tf.layers.lstm({ units: 2, returnSequences: true, inputShape: [3, 2], name: 'r' });
      return tf.sequential({ layers: [nested('n', [rnn()]), nested('m', [rnn()])] });
    },
    'layers',
  ],
  [
    'wrapped layers of one name',
    () => {
      const shape = tf.layers.inputLayer({ inputShape: [3, 2] });
      return tf.sequential({
        layers: [
          shape,
          nested('n', [tf.layers.inputLayer({ inputShape: [3, 2] }), bidirectional('w')]),
          tf.layers.repeatVector({ n: 3 }),
          bidirectional('w'),
        ],
      });
    },
    'layers',
  ],
  [
    'a layer used in a nested model and outside it',
    () => {
      const shared = dense('d');
      return functional('all', [nested('n', [shared]), shared, dense('e')]);
    },
    'layers',
  ],
  [
    'a nested model used in another and outside it',
    () => {
      const inner = nested('inner', [dense('d')]);
      return functional('all', [nested('outer', [inner]), inner]);
    },
    'layers',
  ],
  [
    'a frozen nested model beside one',
    () => {
      const model = tf.sequential({
        layers: [
          nested('n', [dense('d'), tf.layers.batchNormalization({ name: 'b' }), new Block({ name: 'k' })]),
          dense('e'),
        ],
      });
      (model.layers[0] as tf.LayersModel).trainable = false;
      return model;
    },
    'numbers',
  ],
  [
    'a weight whose name begins with a number first',
    () => tf.sequential({ layers: [new Numbered({ inputShape: [2], name: 'n' }), dense('e')] }),
    'numbers',
  ],
];

/** Distinct numbers in every weight, so that an exchange shows; variances are positive. */
function fill(model: tf.LayersModel): void {
  for (const [i, weight] of model.weights.entries())
    tf.tidy(() => {
      const values = tf.mul(numbers(weight.shape as number[], 1), 0.3 + 0.1 * i);
      (weight.read() as tf.Variable).assign(/variance/.test(weight.originalName) ? tf.add(tf.abs(values), 1) : values);
    });
}
async function predictions(model: tf.LayersModel): Promise<ArrayLike<number>> {
  const x = numbers([3, ...(model.inputs[0]!.shape.slice(1) as number[])], 1);
  const y = model.predict(x) as tf.Tensor;
  const values = await valuesOf(y);
  tf.dispose([x, y]);
  return values;
}

describe('saveFolded(model, target, { rename: true })', () => {
  it.each(MODELS)('%s: loads in stock with the very predictions', async (_, make, expected) => {
    const model = make();
    fill(model);
    await expect(foldedArtifacts(model)).rejects.toThrow(/^foldedArtifacts: .* save with \{ rename: true \}/);
    // Without it stock writes what it does not load.
    await expect(artifactsOf((handler) => model.save(handler)).then(loadStock)).rejects.toThrow();
    const before = model.weights.map(({ name, originalName }) => [name, originalName]);
    let saved: SavedModel | undefined;
    const artifacts = await artifactsOf(async (handler) => {
      saved = await saveFolded(model, handler, { rename: true });
    });
    expect(model.weights.map(({ name, originalName }) => [name, originalName])).toEqual(before);
    const again = await loadStock(artifacts);
    expect(await predictions(again)).toEqual(await predictions(model));
    const { renamed } = saved!.report;
    expect(renamed.length).toBeGreaterThan(0);
    expect(renamed.some(({ to }) => /\/\d+$/.test(to))).toBe(expected === 'numbers');
    expect((await leakOf(() => foldedArtifacts(model, { rename: true }))).tensors).toBe(0);
    again.dispose();
    // Stock cannot dispose a model in which another stands twice.
    tf.dispose(model.weights.map((weight) => weight.read()));
  });

  it('writes a model whose names are unique as it does without', async () => {
    const model = tf.sequential({ layers: [dense('a'), nested('n', [dense('b')])] });
    expect(await foldedArtifacts(model, { rename: true })).toEqual(await foldedArtifacts(model));
    model.dispose();
  });

  it('folds and keeps the optimizer with the new names', async () => {
    const model = tf.sequential({ layers: [nested('n', [dense('d')]), nested('m', [dense('d')])] });
    fill(model);
    parametrize((model.layers[1] as tf.Sequential).layers[0]!, 'kernel', {
      forward: (v, { g }) => tf.mul(v, g!),
      variables: { g: () => tf.scalar(2) },
    });
    model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: 'meanSquaredError' });
    const [x, y] = [numbers([4, 2], 1), numbers([4, 2], 2)];
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const artifacts = await foldedArtifacts(model, { rename: true, includeOptimizer: true });
    expect(artifacts.weightSpecs!.map(({ name }) => name)).toEqual([
      ...['d/kernel', 'd/bias', 'd_1/kernel', 'd_1/bias', 'iter'],
      ...['d/kernel/momentum', 'd/bias/momentum', 'd_1/kernel/momentum', 'd_1/bias/momentum'],
    ]);
    const again = await loadStock(artifacts);
    expect(await predictions(again)).toEqual(await predictions(model));
    await again.trainOnBatch(x, y);
    tf.dispose([x, y]);
    for (const each of [model, again]) each.dispose();
  });

  it('says what helps where layers of code make equal names in two places', async () => {
    const model = tf.sequential({ layers: [dense('first'), new Ready({ name: 'b' }), new Ready({ name: 'c' })] });
    fill(model);
    await expect(foldedArtifacts(model, { rename: true })).rejects.toThrow(
      'got a/kernel twice, in layers that make the names of their weights themselves; save tf.sequential({ layers: [model] }) with { rename: true }',
    );
    const around = tf.sequential({ layers: [model] });
    const again = await loadStock(await foldedArtifacts(around, { rename: true }));
    expect(await predictions(again)).toEqual(await predictions(model));
    for (const each of [model, again]) each.dispose();
  });
});
