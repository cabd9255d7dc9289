import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { permutation, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignUnits } from '../../src/comparison/align-units.ts';
import { compare, type MatchedDelta } from '../../src/comparison/compare.ts';
import { snapshot } from '../../src/comparison/snapshot.ts';
import { goldenValues } from '../golden-values.ts';

const seeded = (seed: number) => ({
  kernelInitializer: tf.initializers.glorotNormal({ seed }),
  biasInitializer: tf.initializers.randomNormal({ seed: seed + 50 }),
});

/** Two convolutions, one normalized, and two dense layers, of images of 8 x 8. */
function images(seed: number, [first, second, third]: readonly string[] = ['one', 'two', 'three']) {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 5,
        kernelSize: 3,
        inputShape: [8, 8, 2],
        activation: 'relu',
        name: first!,
        ...seeded(seed),
      }),
      tf.layers.batchNormalization({
        name: 'norm',
        gammaInitializer: tf.initializers.randomUniform({ minval: 1, maxval: 2, seed }),
      }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: second!, ...seeded(seed + 1) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 7, activation: 'tanh', name: third!, ...seeded(seed + 2) }),
      tf.layers.dense({ units: 3, name: 'out', ...seeded(seed + 3) }),
    ],
  });
}

/** Puts the units of a layer in another order: those of its weights, and the inputs of the next kernel. */
async function shuffle(
  model: tf.LayersModel,
  layers: readonly string[],
  next: string,
  seed: number,
): Promise<number[]> {
  const paths = weightsOf(model).filter(({ path }) => layers.some((layer) => path.startsWith(`${layer}/`)));
  const units = paths[0]!.shape.at(-1)!;
  const order = Array.from(permutation(units, randomKey(seed)));
  for (const weight of paths) {
    const value = tf.tidy(() => tf.gather(weight.read(), tf.tensor1d(order, 'int32'), weight.shape.length - 1));
    weight.write(value);
  }
  const [kernel] = weightsOf(model, `${next}/kernel`);
  const axis = kernel!.shape.length - 2;
  const blocks = kernel!.shape[axis]! / units;
  const rows = Array.from({ length: blocks }, (_, block) => order.map((unit) => block * units + unit)).flat();
  kernel!.write(tf.tidy(() => tf.gather(kernel!.read(), tf.tensor1d(rows, 'int32'), axis)));
  return order;
}

const worst = async (a: Parameters<typeof compare>[0], b: Parameters<typeof compare>[0], match?: 'shape') =>
  (await compare(a, b, match ? { match } : {})).reduce((most, delta) => Math.max(most, (delta as MatchedDelta).l2), 0);

describe('alignUnits', () => {
  it('alignUnits(model, reordered copy) finds every order: all differences become 0 and predictions stay', async () => {
    const [model, copy] = [images(1), images(1)];
    const orders = [
      await shuffle(copy, ['one', 'norm'], 'two', 1),
      await shuffle(copy, ['two'], 'three', 2),
      await shuffle(copy, ['three'], 'out', 3),
    ];
    expect(await worst(model, copy)).toBeGreaterThan(0.5);
    const found = await alignUnits(model, copy);
    expect(await worst(model, found.values)).toBe(0);
    expect(found.distance.after).toBe(0);
    expect(found.distance.before).toBeGreaterThan(0.5);
    expect(found.skipped).toEqual([]);
    expect(found.orders.map(({ layer }) => layer)).toEqual(['one', 'two', 'three']);
    // Unit order[i] of the model is unit i of the copy.
    found.orders.forEach(({ order, moved }, i) => {
      expect(Array.from(order, (to) => orders[i]![to])).toEqual(Array.from(order.keys()));
      expect(moved).toBe(Array.from(order).filter((to, from) => to !== from).length);
    });
    const x = tf.randomNormal([4, 8, 8, 2], 0, 1, 'float32', 9);
    const before = await (copy.predict(x) as tf.Tensor).data();
    for (const weight of weightsOf(copy)) weight.write(tf.tensor(found.values.get(weight.path)!, [...weight.shape]));
    const after = await (copy.predict(x) as tf.Tensor).data();
    // The same sums in another order: 100 products of numbers below 10, each rounded to 2^-24.
    expect(Math.max(...after.map((y, i) => Math.abs(y - before[i]!)))).toBeLessThan(100 * 10 * 2 ** -24);
  });

  it("alignUnits(before, after, { match: 'shape' }) needs no names", async () => {
    const [model, copy] = [images(1), images(1, ['alpha', 'beta', 'gamma'])];
    await shuffle(copy, ['alpha', 'norm'], 'beta', 5);
    await shuffle(copy, ['beta'], 'gamma', 6);
    expect((await compare(model, copy)).filter(({ matched }) => !matched)).not.toHaveLength(0);
    const { values } = await alignUnits(model, copy, { match: 'shape' });
    expect(await worst(model, values)).toBe(0);
  });

  it('alignUnits of two dense layers has the least distance of all orders, and never a larger one than before', async () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.nat(1000), async (s, t) => {
        const net = (seed: number) =>
          new Map(
            Object.entries({ 'a/kernel': [2, 3], 'a/bias': [3], 'b/kernel': [3, 2] }).map(([path, shape], i) => [
              path,
              tf.variable(tf.tensor(goldenValues({ shape, seed: seed + 7 * i, scale: 1, zero: 1000 }), shape)),
            ]),
          );
        const [one, other] = [Object.fromEntries(net(s)), Object.fromEntries(net(t))];
        const [b, a] = [await snapshot(one), await snapshot(other)];
        const { distance } = await alignUnits(b, a);
        const all = orders.map((order) => {
          let sum = 0;
          for (let u = 0; u < 3; u++) {
            const to = order[u]!;
            for (const r of [0, 1]) sum += (b.get('a/kernel')![r * 3 + u]! - a.get('a/kernel')![r * 3 + to]!) ** 2;
            sum += (b.get('a/bias')![u]! - a.get('a/bias')![to]!) ** 2;
            for (const c of [0, 1]) sum += (b.get('b/kernel')![u * 2 + c]! - a.get('b/kernel')![to * 2 + c]!) ** 2;
          }
          return Math.sqrt(sum);
        });
        // 15 squares of numbers up to 2, in another order, and a root.
        expect(Math.abs(distance.after - Math.min(...all))).toBeLessThan(1e-7);
        expect(distance.after).toBeLessThanOrEqual(distance.before);
        tf.dispose([one, other]);
      }),
      { numRuns: 40 },
    );
  });

  it('alignUnits keeps the order around layers that it does not know, and takes NaN and infinity along', async () => {
    const layers = (seed: number) => [
      tf.layers.lstm({ units: 4, inputShape: [3, 2], name: 'lstm', recurrentInitializer: 'glorotNormal' }),
      tf.layers.dense({ units: 6, name: 'dense', ...seeded(seed) }),
      tf.layers.dense({ units: 2, name: 'out', ...seeded(seed + 1) }),
    ];
    const [model, copy] = [tf.sequential({ layers: layers(1) }), tf.sequential({ layers: layers(1) })];
    copy.setWeights(model.getWeights());
    const [order] = [await shuffle(copy, ['dense'], 'out', 4)];
    const bias = weightsOf(copy, 'dense/bias')[0]!;
    const values = await bias.read().data();
    values[order!.indexOf(5)] = Number.NaN;
    bias.write(tf.tensor1d(values));
    const found = await alignUnits(model, copy);
    expect(found.orders.map(({ layer }) => layer)).toEqual(['dense']);
    expect(found.values.get('dense/bias')![5]).toBeNaN();
    expect((await compare(model, found.values)).map((delta) => (delta as MatchedDelta).l2)).toEqual(Array(7).fill(0));
  });

  it('alignUnits takes functional models, and models in models', async () => {
    const build = () => {
      const inner = tf.sequential({
        layers: [tf.layers.dense({ units: 6, inputShape: [3], name: 'first', ...seeded(1) })],
        name: 'inner',
      });
      const input = tf.input({ shape: [3] });
      const hidden = inner.apply(input) as tf.SymbolicTensor;
      const output = tf.layers.dense({ units: 2, name: 'out', ...seeded(2) }).apply(hidden) as tf.SymbolicTensor;
      return tf.model({ inputs: input, outputs: output });
    };
    const [model, copy] = [build(), build()];
    await shuffle(copy, ['inner/first'], 'out', 7);
    const { values, orders } = await alignUnits(model, copy);
    expect(orders.map(({ layer }) => layer)).toEqual(['inner/first']);
    expect(await worst(model, values)).toBe(0);
  });

  it('alignUnits refuses models that branch, and lists what it cannot align', async () => {
    const input = tf.input({ shape: [3] });
    const hidden = tf.layers.dense({ units: 3, name: 'hidden' }).apply(input) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: 'sum' }).apply([input, hidden]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: sum });
    await expect(alignUnits(model, model)).rejects.toThrow(
      'alignUnits: before must be a model whose layers follow one another, got',
    );
    const shared = tf.layers.dense({ units: 3, name: 'shared' });
    const twice = tf.model({ inputs: input, outputs: shared.apply(shared.apply(input)) as tf.SymbolicTensor });
    await expect(alignUnits(twice, twice)).rejects.toThrow('layers follow one another, got');
    const nested = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [3] }), twice] });
    await expect(alignUnits(nested, nested)).rejects.toThrow('layers follow one another, got');
    const plain = images(1);
    const { skipped } = await alignUnits(plain, await snapshot(plain, { filter: 'one/*' }));
    expect(skipped).toContainEqual({ path: 'two/kernel', reason: 'only before' });
    const noShapes = new Map([['a/kernel', new Float32Array(4)]]);
    expect(await alignUnits(noShapes, noShapes)).toMatchObject({
      orders: [],
      distance: { before: 0, after: 0 },
      skipped: [{ path: 'a/kernel', reason: 'the shape is not known' }],
    });
    await expect(alignUnits(plain, plain, { match: 'path' as never })).rejects.toThrow(
      "alignUnits: match must be 'place', 'name' or 'shape', got \"path\"",
    );
    await expect(alignUnits(plain, plain, { maxCost: -1 })).rejects.toThrow(
      'alignUnits: maxCost must be 0 or more, got -1',
    );
    const fixed = await alignUnits(plain, plain, { maxCost: 0 });
    expect(fixed.orders).toEqual([]);
    expect(await leakOf(() => alignUnits(plain, plain))).toEqual({ tensors: 0, variables: 0 });
  });
});
