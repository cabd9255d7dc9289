import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { weightsOf } from '@weightkit/core';
import { meanInterval } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import { cacheFeatures, freeze, linearProbe, lora, replaceHead } from '@weightkit/transfer-freeze';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CifarPart, readCifar } from '../../../benchmarks/cifar.mjs';
import { fetchPackage, openModel, type TransferTable, ZOO } from '../src/index.ts';

// A model that somebody published learns other classes: MobileNetV2 of nsfwjs, and the classes of CIFAR-10. Its features are computed once.

/** The table that the guide shows; `node scripts/zoo-transfer.mjs` writes it. */
const TABLE = new URL('../transfer.json', import.meta.url);
const WRITES = process.env.WEIGHTKIT_WRITE_TRANSFER === '1';
/** A folder with CIFAR-10 in its binary format. */
const IMAGES = process.env.WEIGHTKIT_CIFAR10 ?? '';

const SIZE = 224;
const BATCH = 25;
const EXAMPLES = [100, 500, 2000];
/** The table's; on others, what it says is tested. */
const SEEDS = WRITES ? [1, 2, 3, 4, 5] : [6, 7, 8];
const STEPS = 400;
const RANK = 8;

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

/** Batches of images as the model takes them: enlarged, from 0 to 1. */
function* batchesOf({ pixels, labels, count }: CifarPart) {
  const image = 32 * 32 * 3;
  for (let at = 0; at < count; at += BATCH) {
    const rows = Math.min(BATCH, count - at);
    const xs = tf.tidy(() => {
      const small = tf.tensor4d(Float32Array.from(pixels.subarray(at * image, (at + rows) * image)), [rows, 32, 32, 3]);
      return tf.div(tf.image.resizeBilinear(small, [SIZE, SIZE]), 255);
    });
    const ys = tf.tidy(() => tf.oneHot(tf.tensor1d(Int32Array.from(labels.subarray(at, at + rows)), 'int32'), 10));
    yield { xs, ys };
  }
}

/** The percent that a head names. */
function named(head: tf.LayersModel, xs: tf.Tensor, labels: Uint8Array): number {
  const found = tf.tidy(() => tf.argMax(head.predict(xs) as tf.Tensor, -1).dataSync());
  return (100 * found.filter((one, i) => one === labels[i]).length) / labels.length;
}

/** Trains a head in `STEPS` steps of 50. */
async function train(head: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor, rate: number): Promise<void> {
  const optimizer = tf.train.adam(rate);
  head.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const batchSize = 50;
  await head.fit(xs, ys, {
    batchSize,
    epochs: Math.ceil((STEPS * batchSize) / xs.shape[0]!),
    verbose: 0,
    shuffle: false,
  });
  optimizer.dispose();
}

test('MobileNetV2 learns the classes of CIFAR-10, its features computed once', async ({ skip }) => {
  if (!existsSync(IMAGES)) return skip('WEIGHTKIT_CIFAR10 names no folder with CIFAR-10');
  const entry = ZOO.find(({ name }) => name === 'nsfwjs')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const opened = await openModel(fetched.folder, entry.models[0]!);
  const { train: images, test: unseen } = readCifar(IMAGES);
  const published = opened.source as tf.LayersModel;
  const ten = tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: 'zeros', name: 'ten' });
  const { model } = replaceHead(published, [ten], { from: 'dense_3' });

  const begin = performance.now();
  const cached = async (part: CifarPart) => {
    const cache = await cacheFeatures(model, 'flatten_1', () => batchesOf(part), { batchSize: BATCH });
    return { cache, ...(await cache.tensors()) };
  };
  const learned = await cached(images);
  const seen = await cached(unseen);
  const seconds = (performance.now() - begin) / 1000;
  const { head } = learned.cache;
  const before = head.getWeights().map((weight) => tf.keep(weight.clone()));
  const anew = () => head.setWeights(before);
  const count = (filter?: string | readonly string[]) =>
    weightsOf(head, filter as never).reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);

  const rows: TransferTable['rows'] = [];
  const numbers: Record<string, number> = {};
  for (const examples of EXAMPLES)
    for (const seed of SEEDS) {
      const order = permutation(images.count, randomKey(seed, `${examples}`)).slice(0, examples);
      const places = tf.tensor1d(Int32Array.from(order), 'int32');
      const [xs, ys] = [tf.gather(learned.xs, places), tf.gather(learned.ys!, places)];
      const probe = await linearProbe(xs, ys, { penalty: 1e-2 });
      const scores = tf.tidy(() =>
        tf
          .argMax(tf.add(tf.matMul(seen.xs as tf.Tensor2D, tf.tensor2d(probe.kernel, probe.shape)), probe.bias), -1)
          .dataSync(),
      );
      const accuracy: Record<string, number> = {};
      accuracy['linear probe'] = (100 * scores.filter((one, i) => one === unseen.labels[i]).length) / unseen.count;
      numbers['linear probe'] = probe.kernel.length + probe.bias.length;

      anew();
      const frozen = await freeze(head, ['dense_1/*', 'dense_2/*']);
      await train(head, xs, ys, 1e-2);
      accuracy['last layer'] = named(head, seen.xs, unseen.labels);
      numbers['last layer'] = count('ten/*');
      frozen.unfreeze();

      anew();
      const adapters = lora(head, { rank: RANK, filter: ['dense_1/kernel', 'dense_2/kernel'], train: 'ten/*', seed });
      await train(head, xs, ys, 2e-3);
      accuracy.LoRA = named(head, seen.xs, unseen.labels);
      numbers.LoRA = adapters.report().trainableParameters;
      adapters.remove();

      anew();
      await train(head, xs, ys, 1e-3);
      accuracy['whole head'] = named(head, seen.xs, unseen.labels);
      numbers['whole head'] = count();
      rows.push({ examples, seed, accuracy });
      console.log(JSON.stringify(rows.at(-1)));
      tf.dispose([places, xs, ys]);
    }
  // Fresh: nothing that was trained lies below the cut.
  expect(await learned.cache.isFresh()).toBe(true);
  const ways = Object.keys(numbers);
  const means = EXAMPLES.map((examples) => {
    const these = rows.filter((row) => row.examples === examples);
    const accuracy = ways.map((way) => {
      const { mean, low, high } = meanInterval(these.map((row) => row.accuracy[way]!));
      return [way, [mean, (high - low) / 2]] as const;
    });
    return { examples, accuracy: Object.fromEntries(accuracy) as Record<string, [number, number]> };
  });
  for (const way of ways) expect(means.at(-1)!.accuracy[way]![0], way).toBeGreaterThan(means[0]!.accuracy[way]![0]);
  const table: TransferTable = {
    by: 'node scripts/zoo-transfer.mjs',
    backend: 'wasm',
    images: images.count + unseen.count,
    seconds: Math.round(seconds),
    steps: STEPS,
    rank: RANK,
    numbers,
    means,
    rows,
  };
  if (WRITES) writeFileSync(TABLE, `${JSON.stringify(table, null, 2)}\n`);
  else {
    const written = JSON.parse(readFileSync(TABLE, 'utf8')) as TransferTable;
    expect(numbers).toEqual(written.numbers);
  }
  tf.dispose([...before, learned.xs, learned.ys!, seen.xs, seen.ys!]);
  learned.cache.dispose();
  seen.cache.dispose();
  model.dispose();
}, 1_800_000);
