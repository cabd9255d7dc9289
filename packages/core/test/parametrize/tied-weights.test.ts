import * as tf from '@tensorflow/tfjs';
import { fillMissingKernels, isParametrized, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { allowBackend, hasKernel, leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';

type Holder = { read(): tf.Tensor };
interface Embedding extends tf.layers.Layer {
  embeddings: Holder;
}

/** An output layer that multiplies by the embedding's table, which `hold` gives it in some way. */
function tiedTo(
  embedding: Embedding,
  hold: (layer: Record<string, unknown>, table: Holder) => void,
  read: (layer: never) => tf.Tensor,
) {
  class Tied extends tf.layers.Layer {
    static className = 'Tied';
    override build() {
      hold(this as unknown as Record<string, unknown>, embedding.embeddings);
      this.built = true;
    }
    override computeOutputShape(shape: tf.Shape) {
      return [...shape.slice(0, -1), 5] as tf.Shape;
    }
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return tf.reshape(tf.matMul(tf.reshape(x, [-1, 3]), read(this as never), false, true), [-1, 2, 5]);
    }
  }
  return new Tied({ name: 'tied' });
}

const nothing = () => {};

function modelWith(make: (embedding: Embedding) => tf.layers.Layer) {
  const embedding = tf.layers.embedding({ inputDim: 5, outputDim: 3, name: 'emb' }) as unknown as Embedding;
  const x = tf.input({ shape: [2] });
  const e = embedding.apply(x) as tf.SymbolicTensor;
  const y = make(embedding).apply(e) as tf.SymbolicTensor;
  return { embedding, model: tf.model({ inputs: x, outputs: y }) };
}

/** Ways in which a layer may come to the variable of another. */
const ALL: readonly [how: string, make: (embedding: Embedding) => tf.layers.Layer][] = [
  [
    'a property',
    (embedding) =>
      tiedTo(
        embedding,
        (layer, table) => {
          layer.kernel = table;
        },
        ({ kernel }: { kernel: Holder }) => kernel.read(),
      ),
  ],
  [
    'a list',
    (embedding) =>
      tiedTo(
        embedding,
        (layer, table) => {
          layer.tables = { all: [table] };
        },
        ({ tables }: { tables: { all: Holder[] } }) => tables.all[0]!.read(),
      ),
  ],
  ['a closure', (embedding) => tiedTo(embedding, nothing, () => embedding.embeddings.read())],
  [
    'a closure over the LayerVariable',
    (embedding) => {
      const table = embedding.embeddings;
      return tiedTo(embedding, nothing, () => table.read());
    },
  ],
  ['getWeights() of the other layer', (embedding) => tiedTo(embedding, nothing, () => embedding.getWeights()[0]!)],
  [
    'the other layer in a property',
    (embedding) =>
      tiedTo(
        embedding,
        (layer) => {
          layer.source = embedding;
        },
        ({ source }: { source: Embedding }) => source.embeddings.read(),
      ),
  ],
];

/** What the model gives for ids 1 and 4 by a table: rows times the table. */
function outputs(table: readonly number[][]): number[] {
  return [1, 4].flatMap((id) => table.map((row) => row.reduce((sum, w, i) => sum + w * table[id]![i]!, 0)));
}

const TABLE = [
  [1, 2, 3],
  [-1, 0, 2],
  [4, -2, 1],
  [0, 1, -3],
  [2, 2, -1],
];
const x = tf.keep(tf.tensor2d([[1, 4]]));

async function predicted(model: tf.LayersModel): Promise<number[]> {
  return Array.from(await valuesOf(model.predict(x) as tf.Tensor));
}

describe('tied weights', () => {
  it.each(ALL)('parametrize reaches a second use through %s', async (_, make) => {
    const { model } = modelWith(make);
    const [table] = weightsOf(model);
    table!.write(tf.tensor2d(TABLE));
    expect(await predicted(model)).toEqual(outputs(TABLE));
    const halved = TABLE.map((row) => row.map((w) => w / 2));
    const handle = parametrize(table!, { forward: (w) => tf.mul(w, 0.5) });
    expect(await predicted(model)).toEqual(outputs(halved));
    expect(parametrizationsOf(model)).toEqual([handle]);
    expect(await leakOf(() => tf.dispose(model.predict(x)))).toEqual({ tensors: 0, variables: 0 });
    handle.restore();
    expect(isParametrized(model)).toBe(false);
    expect(await predicted(model)).toEqual(outputs(TABLE));
    for (const layer of model.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
    parametrize(table!, { forward: (w) => tf.mul(w, 0.5) }).fold();
    expect(await predicted(model)).toEqual(outputs(halved));
  });

  it.each(ALL)('training goes through the function in both uses, by %s', async (_, make) => {
    const { model } = modelWith(make);
    const [table] = weightsOf(model);
    table!.write(tf.tensor2d(TABLE));
    const keep = tf.tensor2d(TABLE.map((row) => row.map((_w, i) => (i === 0 ? 0 : 1))));
    parametrize(table!, { forward: (w) => tf.mul(w, keep) });
    const before = Array.from(await table!.variable!.data());
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const y = tf.ones([1, 2, 5]);
    // wasm lacks the gradient of an embedding.
    const filled = hasKernel('UnsortedSegmentSum') ? null : fillMissingKernels();
    await allowBackend('cpu', () => model.trainOnBatch(x, y));
    filled?.restore();
    const after = Array.from(await table!.variable!.data());
    // The first column is masked in both uses and gets no gradient; the second use reaches rows that were not looked up.
    expect(after.filter((_w, i) => i % 3 === 0)).toEqual(before.filter((_w, i) => i % 3 === 0));
    expect(after.slice(1, 3)).not.toEqual(before.slice(1, 3));
    // What is saved is the raw weight, as it is trained.
    expect(Array.from(await model.getWeights()[0]!.data())).toEqual(after);
  });

  it('parametrize(layer, property, transform) finds uses by the graph', async () => {
    const { model, embedding } = modelWith(ALL[0]![1]);
    weightsOf(model)[0]!.write(tf.tensor2d(TABLE));
    parametrize(embedding, 'embeddings', { forward: (w) => tf.neg(w) });
    expect(await predicted(model)).toEqual(outputs(TABLE));
    expect(weightsOf(model)).toHaveLength(1);
    const [other] = weightsOf(model);
    expect(await valuesOf(other!.read())).toEqual(Float32Array.from(TABLE.flat().map((w) => -w)));
  });

  it('parametrize refuses a use of the tf.Variable itself, by the names of both layers, and changes nothing', async () => {
    const hold = (layer: Record<string, unknown>, table: Holder) => {
      layer.tables = [table.read()];
    };
    const { model } = modelWith((e) => tiedTo(e, hold, ({ tables }: { tables: tf.Tensor[] }) => tables[0]!));
    const [table] = weightsOf(model);
    expect(() => parametrize(table!, { forward: (w) => tf.neg(w) })).toThrow(
      'parametrize: every layer must use a weight by its LayerVariable, got emb/embeddings (of layer emb), whose tf.Variable ' +
        'layer tied keeps in tables[0]; keep the LayerVariable there, or leave the weight out',
    );
    expect(isParametrized(model)).toBe(false);
    for (const layer of model.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
  });

  it('parametrize of a layer that is called twice goes on as before', async () => {
    const shared = tf.layers.dense({ units: 3, useBias: false, name: 'shared' });
    const input = tf.input({ shape: [3] });
    const model = tf.model({ inputs: input, outputs: shared.apply(shared.apply(input)) as tf.SymbolicTensor });
    const [kernel] = weightsOf(model);
    kernel!.write(tf.tensor2d(TABLE.slice(0, 3)));
    parametrize(kernel!, { forward: (w) => tf.mul(w, 2) });
    const row = tf.tensor2d([[1, 0, 0]]);
    const twice = tf.matMul(tf.mul(tf.tensor2d(TABLE.slice(0, 3)), 2), tf.mul(tf.tensor2d(TABLE.slice(0, 3)), 2));
    const [got, expected] = [await valuesOf(model.predict(row) as tf.Tensor), await valuesOf(tf.matMul(row, twice))];
    expect(got).toEqual(expected);
  });
});
