import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { cacheFeatures } from '@weightkit/transfer-freeze';
import { afterAll, describe, expect, it } from 'vitest';
import { read } from '../net.ts';

/** A net with what behaves otherwise in training, of seeded weights. */
function net(seed = 1): tf.Sequential {
  const start = (more: number) => tf.initializers.randomNormal({ seed: 10 * seed + more });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [3], activation: 'tanh', kernelInitializer: start(1) }),
      tf.layers.batchNormalization({ movingMeanInitializer: start(2) }),
      tf.layers.dropout({ rate: 0.5, name: 'body' }),
      tf.layers.dense({ units: 4, activation: 'relu', kernelInitializer: start(3) }),
      tf.layers.dense({ units: 2, kernelInitializer: start(4), name: 'out' }),
    ],
  });
}

const model = net();
const x = tf.randomNormal([10, 3], 0, 1, 'float32', 7) as tf.Tensor2D;
const y = tf.randomNormal([10, 2], 0, 1, 'float32', 8) as tf.Tensor2D;
afterAll(() => {
  model.dispose();
  tf.dispose([x, y]);
});

/** What layers up to `body` give for all examples. */
const wanted = () =>
  tf.tidy(() => {
    let value: tf.Tensor = x;
    for (const layer of model.layers.slice(0, 3)) value = layer.apply(value, { training: false }) as tf.Tensor;
    return value;
  });

async function taken(cache: Awaited<ReturnType<typeof cacheFeatures>>) {
  const { xs, ys } = await cache.tensors();
  const values = await read(xs);
  tf.dispose([xs, ys ?? []]);
  return values;
}

/** Sums of 6 products in another order. */
const TOLERANCE = 16 * 2 ** -24;

describe('cacheFeatures', () => {
  it('keeps what the body gives in inference, and the head on it is the whole model, bit by bit for a batch', async () => {
    const cache = await cacheFeatures(model, 'body', { xs: x, ys: y }, { batchSize: 4 });
    expect([cache.shape, cache.batchSizes]).toEqual([[6], [4, 4, 2]]);
    const { exactness, ...report } = cache.report;
    expect(report).toEqual({ examples: 10, computed: 3, reused: 0, broken: 0, bytes: 240 });
    expect(exactness).toEqual({ examples: 6, difference: 0, bitExact: true });
    const [features, all] = [wanted(), await cache.tensors()];
    expect(all.xs.shape).toEqual([10, 6]);
    expect(maxAbsDifference(await read(all.xs), await read(features))).toBeLessThan(TOLERANCE);
    expect(await read(all.ys!)).toEqual(await read(y));
    const whole = model.predictOnBatch(x) as tf.Tensor;
    const head = (cache.head as tf.LayersModel).predictOnBatch(all.xs) as tf.Tensor;
    expect(maxAbsDifference(await read(head), await read(whole))).toBeLessThan(64 * TOLERANCE);
    const part = tf.slice(x, 4, 4);
    const own = model.predictOnBatch(part) as tf.Tensor;
    let i = 0;
    for await (const batch of cache.batches()) {
      if (i++ === 1) {
        const given = (cache.head as tf.LayersModel).predictOnBatch(batch.xs) as tf.Tensor;
        expect(await read(given)).toEqual(await read(own));
        given.dispose();
      }
      tf.dispose([batch.xs, batch.ys!]);
    }
    expect(i).toBe(3);
    tf.dispose([features, all.xs, all.ys!, whole, head, part, own]);
    cache.dispose();
  });

  it('gives the same of tensors, lists, typed arrays, datasets, iterables and generators, which lose what they hand over', async () => {
    const rows = (await x.array()) as number[][];
    const typed = await read(x);
    const slices = () => [0, 5].map((begin) => ({ xs: tf.slice(x, begin, 5), ys: tf.slice(y, begin, 5) }));
    const dataset = tf.data
      .zip({ xs: tf.data.array(rows), ys: tf.data.array((await y.array()) as number[][]) })
      .batch(5);
    const sources = [
      { xs: x, ys: y },
      { xs: rows, ys: y },
      { xs: typed, ys: await read(y) },
      dataset,
      slices(),
      function* () {
        yield* slices();
      },
      async function* () {
        yield* slices();
      },
    ] as const;
    const expected: Float32Array[] = [];
    const before = tf.memory().numTensors;
    for (const [i, source] of sources.entries()) {
      const cache = await cacheFeatures(model, 'body', (i === 2 ? typed : source) as never, { batchSize: 5 });
      expect(cache.batchSizes).toEqual([5, 5]);
      expected.push(await taken(cache));
      expect(expected[i]).toEqual(expected[0]);
      cache.dispose();
    }
    // The list of slices was made before the count; its tensors are gone.
    expect(tf.memory().numTensors).toBe(before - 4);
  });

  it('goes on from a store after a stop, and takes nothing of another body, other inputs or broken files', async () => {
    const store = new Map<string, Uint8Array>();
    const stop = new AbortController();
    const told: number[] = [];
    const stopped = cacheFeatures(model, 'body', x, {
      batchSize: 3,
      store,
      signal: stop.signal,
      onProgress({ batches }) {
        told.push(batches);
        if (batches === 2) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect([told, store.size]).toEqual([[1, 2], 2]);
    const run = async (data: tf.Tensor, own = model) => {
      const cache = await cacheFeatures(own, 'body', data, { batchSize: 3, store });
      const values = await taken(cache);
      cache.dispose();
      return { ...cache.report, values };
    };
    const first = await run(x);
    expect([first.computed, first.reused, first.exactness!.bitExact]).toEqual([2, 2, true]);
    expect((await run(x)).reused).toBe(4);
    // Built alike, under other names that tfjs made up.
    const twin = net();
    const again = await run(x, twin);
    expect([again.reused, again.values]).toEqual([4, first.values]);
    const other = tf.tidy(() => tf.concat([tf.slice(x, 0, 6), tf.add(tf.slice(x, 6, 4), 1)]));
    expect(await run(other)).toMatchObject({ computed: 2, reused: 2 });
    const mask = parametrize(twin.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 0.5) });
    expect(await run(x, twin)).toMatchObject({ computed: 4, reused: 0 });
    mask.restore();
    const [broken, short] = [...store.keys()] as [string, string];
    const bytes = store.get(broken)!.slice();
    bytes[bytes.length - 1]! ^= 1;
    store.set(broken, bytes);
    store.set(short, store.get(short)!.slice(0, 40));
    const mended = await run(x);
    expect([mended.computed, mended.reused, mended.broken, mended.values]).toEqual([2, 2, 2, first.values]);
    expect((await run(x)).reused).toBe(4);
    other.dispose();
    twin.dispose();
  });

  it('cuts functional models where everything goes through, and says where it does not', async () => {
    const [a, b] = [tf.input({ shape: [3], name: 'a' }), tf.input({ shape: [3], name: 'b' })];
    const start = tf.initializers.randomNormal({ seed: 5 });
    const shared = tf.layers.dense({ units: 4, kernelInitializer: start, name: 'shared' });
    const joined = tf.layers.add({ name: 'joined' }).apply([shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[]);
    const side = tf.layers.dense({ units: 4, kernelInitializer: start, name: 'side' }).apply(joined);
    const sum = tf.layers.add({ name: 'sum' }).apply([side, joined] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
    const out = tf.layers.dense({ units: 2, kernelInitializer: start, name: 'last' }).apply(sum) as tf.SymbolicTensor;
    const wide = tf.model({ inputs: [a, b], outputs: [out, sum] });
    const cache = await cacheFeatures(wide, 'joined', [x, x], { batchSize: 5 });
    expect(cache.report.exactness).toEqual({ examples: 10, difference: 0, bitExact: true });
    expect(cache.head.outputs.length).toBe(2);
    const twice = tf.tidy(() => tf.mul(shared.apply(x) as tf.Tensor, 2));
    expect(maxAbsDifference(await taken(cache), await read(twice))).toBeLessThan(TOLERANCE);
    for (const [until, reason] of [
      ['side', 'be a layer that everything goes through'],
      ['shared', 'be a layer that is called once'],
      ['sum', 'have layers above it'],
      ['last', 'have layers above it'],
      ['a', 'be a layer that computes something'],
      ['none', "be one of the model's layers"],
    ])
      await expect(cacheFeatures(wide, until!, [x, x])).rejects.toThrow(`cacheFeatures: until must ${reason}`);
    twice.dispose();
    cache.dispose();
    wide.dispose();
  });

  it('takes a nested model as one layer, refuses masks and layers that are used on both sides', async () => {
    const base = tf.sequential({
      name: 'base',
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], kernelInitializer: 'ones' }),
        tf.layers.dense({ units: 5, kernelInitializer: 'ones' }),
      ],
    });
    const outer = tf.sequential({ layers: [base, tf.layers.dense({ units: 1, kernelInitializer: 'ones' })] });
    const cache = await cacheFeatures(outer, 'base', x);
    expect([cache.shape, cache.report.exactness!.bitExact]).toEqual([[5], true]);
    cache.dispose();
    outer.dispose();
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 4, outputDim: 2, maskZero: true, inputLength: 3, name: 'words' }),
        tf.layers.simpleRNN({ units: 2, name: 'rnn' }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const data = tf.tensor2d([1, 2, 0, 3, 0, 0], [2, 3], 'int32');
    await expect(cacheFeatures(words, 'words', data)).rejects.toThrow(
      'until must be a layer whose outputs have no mask',
    );
    const twice = tf.layers.dense({ units: 3, inputShape: [3], name: 'twice' });
    const tied = tf.sequential({ layers: [twice, tf.layers.activation({ activation: 'relu', name: 'mid' })] });
    tied.add(twice);
    await expect(cacheFeatures(tied, 'mid', x)).rejects.toThrow('share no layer or weight with what is above it');
    data.dispose();
    words.dispose();
    tied.dispose();
  });

  it('trains the layers of the model through its head, and refuses features once the body has changed', async () => {
    const own = net(3);
    const cache = await cacheFeatures(own, 'body', { xs: x, ys: y });
    const head = cache.head as unknown as tf.LayersModel;
    const { xs, ys } = await cache.tensors();
    const before = await read(weightsOf(own, 'out/kernel')[0]!.variable!);
    head.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await head.fit(xs, ys!, { epochs: 1, verbose: 0, shuffle: false });
    const after = await read(weightsOf(own, 'out/kernel')[0]!.variable!);
    expect(maxAbsDifference(before, after)).toBeGreaterThan(0);
    expect(await cache.isFresh()).toBe(true);
    const [first] = weightsOf(own);
    const value = tf.tidy(() => tf.add(first!.variable!, 1));
    first!.write(value);
    expect(await cache.isFresh()).toBe(false);
    await expect(cache.tensors()).rejects.toThrow('cacheFeatures: body must stay as it was');
    await expect(cache.batches().next()).rejects.toThrow('cacheFeatures: body must stay as it was');
    tf.dispose([xs, ys!, value]);
    cache.dispose();
    own.dispose();
  });

  it('leaves nothing behind, whether it ends or fails', async () => {
    const own = net(4);
    const run = async (data: unknown, options = {}) => {
      const cache = await cacheFeatures(own, 'body', data as never, { batchSize: 4, ...options });
      await taken(cache);
      cache.dispose();
      cache.dispose();
      await expect(cache.tensors()).rejects.toThrow('features must be there');
    };
    expect(await leakOf(() => run({ xs: x, ys: y }))).toEqual({ tensors: 0, variables: 0 });
    const leak = await leakOf(async () => {
      await expect(run([])).rejects.toThrow('cacheFeatures: data must');
      await expect(run(function* () {})).rejects.toThrow('cacheFeatures: data must have one batch or more, got 0');
      await expect(
        run([
          [1, 2, 3],
          [1, 2],
        ]),
      ).rejects.toThrow('cacheFeatures: data must have rows of one shape');
      await expect(run({ xs: x, ys: [1, 2] })).rejects.toThrow('cacheFeatures: ys must be of 10 examples');
      await expect(
        run(function* () {
          yield { xs: tf.ones([2, 3]), ys: tf.ones([2, 1]) };
          yield { xs: tf.ones([2, 3]), ys: tf.ones([2, 2]) };
        }),
      ).rejects.toThrow('cacheFeatures: ys must be alike in all batches, float32 [,1], got "float32 [,2]"');
      await expect(
        run(function* () {
          yield tf.ones([2, 3]);
          yield tf.ones([2, 4]);
        }),
      ).rejects.toThrow('cacheFeatures: data must have shape [null,3], got [2, 4]');
      await expect(run(x, { onProgress: () => Promise.reject(new Error('own')) })).rejects.toThrow('own');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    own.dispose();
    // Its layers are gone, whose head was disposed before.
    expect(weightsOf(model).length).toBe(10);
  });
});
