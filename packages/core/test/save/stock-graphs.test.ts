import * as tf from '@tensorflow/tfjs';
import { artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { foldedArtifacts, saveFolded } from '../../src/index.ts';
import { numbers } from '../models.ts';

const l = tf.layers;
type Symbolic = tf.SymbolicTensor;

const GRAPHS: [string, () => tf.LayersModel][] = [
  [
    'a layer that is used twice',
    () => {
      const x = tf.input({ shape: [3], name: 'theInput' });
      const shared = l.dense({ units: 3, name: 'Shared' });
      return tf.model({ inputs: x, outputs: shared.apply(shared.apply(x)) as Symbolic });
    },
  ],
  [
    'two inputs, two outputs, one of them inner',
    () => {
      const inputs = ['camelCase', 'snake_case'].map((name) => tf.input({ shape: [3], name }));
      const [a, b] = inputs.map((x) => l.dense({ units: 2 }).apply(x) as Symbolic);
      const sum = l.add({ name: 'Sum_It' }).apply([a!, b!]) as Symbolic;
      return tf.model({ inputs, outputs: [sum, a!], name: 'My_Model' });
    },
  ],
  [
    'an RNN that begins with a state, and its own state as an output',
    () => {
      const x = tf.input({ shape: [4, 3] });
      const h = tf.input({ shape: [2] });
      const rnn = l.simpleRNN({ units: 2, returnState: true });
      const [y, state] = rnn.apply(x, { initialState: [h] }) as Symbolic[];
      return tf.model({ inputs: [x, h], outputs: [y!, state!] });
    },
  ],
  [
    'a model in TimeDistributed, with a separable convolution',
    () => {
      const inner = tf.sequential({
        layers: [
          l.separableConv2d({ filters: 2, kernelSize: 2, depthMultiplier: 2, inputShape: [3, 3, 2] }),
          l.flatten(),
          l.dense({ units: 2 }),
        ],
      });
      const x = tf.input({ shape: [2, 3, 3, 2] });
      return tf.model({ inputs: x, outputs: l.timeDistributed({ layer: inner }).apply(x) as Symbolic });
    },
  ],
  [
    'models in models, with constraints',
    () => {
      const inner = tf.sequential({
        layers: [l.dense({ units: 2, inputShape: [3], kernelConstraint: 'unitNorm' }), l.dense({ units: 3 })],
      });
      const x = tf.input({ shape: [3] });
      const middle = tf.model({ inputs: x, outputs: inner.apply(l.dense({ units: 3 }).apply(x)) as Symbolic });
      return tf.sequential({ layers: [middle, l.dense({ units: 1, biasConstraint: 'nonNeg' })] });
    },
  ],
];

async function predictions(model: tf.LayersModel): Promise<ArrayLike<number>[]> {
  const x = model.inputs.map(({ shape }, i) => numbers([2, ...(shape.slice(1) as number[])], 1 + i));
  const y = [model.predict(x.length === 1 ? x[0]! : x)].flat() as tf.Tensor[];
  const values = await Promise.all(y.map(valuesOf));
  tf.dispose([x, y]);
  return values;
}

describe('saveFolded writes graphs that stock loads, with the very predictions:', () => {
  it.each(GRAPHS)('%s', async (_, make) => {
    const model = make();
    for (const [i, weight] of model.weights.entries())
      tf.tidy(() => (weight.read() as tf.Variable).assign(numbers(weight.shape as number[], -0.5 - 0.1 * i)));
    const again = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    expect(await predictions(again)).toEqual(await predictions(model));
    for (const each of [model, again]) each.dispose();
  });

  it('leaves out the constraints that would change weights, and those alone, and says which', async () => {
    const model = GRAPHS.at(-1)![1]();
    for (const weight of model.weights)
      tf.tidy(() => (weight.read() as tf.Variable).assign(tf.ones(weight.shape as number[])));
    let report: unknown;
    const artifacts = await artifactsOf(async (handler) => {
      ({ report } = await saveFolded(model, handler));
    });
    expect(report).toMatchObject({
      unconstrained: [
        {
          path: expect.stringMatching(/kernel$/),
          reason: 'stock TensorFlow.js would change it by UnitNorm',
        },
      ],
    });
    const text = JSON.stringify(artifacts.modelTopology);
    expect(text).toContain('"bias_constraint":{"class_name":"NonNeg"');
    expect(text).not.toContain('UnitNorm');
    model.dispose();
  });

  it('keeps what weights keep to', async () => {
    const model = tf.sequential({
      layers: [l.dense({ units: 1, inputShape: [2], kernelConstraint: 'nonNeg', name: 'a' })],
    });
    tf.tidy(() => (model.weights[0]!.read() as tf.Variable).assign(tf.ones([2, 1])));
    const { modelTopology } = await foldedArtifacts(model);
    expect(modelTopology).toEqual(JSON.parse(model.toJSON() as string));
    model.dispose();
  });
});
