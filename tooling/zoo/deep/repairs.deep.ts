import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { weightsOf } from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { correctBias, equalize, quantizeModel } from '@weightkit/quantization';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchPackage, openModel, ZOO } from '../src/index.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const SIZE = 320;
/** Scores of 7 classes and a background for each box, before anything is sorted. */
const SCORES = 'Identity_7';
const CLASSES = 8;

/** Images of noise. */
const images = (count: number, seed: string): tf.Tensor => {
  const values = fillUniform(new Float32Array(count * SIZE * SIZE * 3), randomKey(1, seed), { min: 0, max: 256 });
  return tf.tensor(Int32Array.from(values, Math.floor), [count, SIZE, SIZE, 3], 'int32');
};

/** What a model scores the boxes of images, one image after the other. */
async function scoresOf(model: tf.GraphModel, x: tf.Tensor): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (let i = 0; i < x.shape[0]!; i++) {
    const one = tf.slice(x, i, 1);
    const scores = (await model.executeAsync({ [model.inputs[0]!.name]: one }, SCORES)) as tf.Tensor;
    all.push(Float32Array.from(await scores.data()));
    tf.dispose([one, scores]);
  }
  return all;
}

/** ‖a − b‖ / ‖a‖. */
function change(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let [noise, signal] = [0, 0];
  for (const [i, values] of a.entries())
    for (const [j, value] of values.entries()) {
      noise += (value - b[i]![j]!) ** 2;
      signal += value ** 2;
    }
  return Math.sqrt(noise / signal);
}

/** The top class of each box. */
const topsOf = (scores: readonly Float32Array[]): number[] =>
  scores.flatMap((values) => {
    const boxes = Array.from({ length: values.length / CLASSES }, (_, i) =>
      values.subarray(i * CLASSES, (i + 1) * CLASSES),
    );
    return boxes.map((box) => box.indexOf(Math.max(...box)));
  });

/** The share of boxes whose top class stays. */
function agreement(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const [before, after] = [topsOf(a), topsOf(b)];
  return before.filter((top, i) => top === after[i]).length / before.length;
}

/** The model as stock TensorFlow.js loads the file with kernels in uint8 and what is added to units above. */
async function inUint8(model: tf.GraphModel): Promise<{ stock: tf.GraphModel; share: number }> {
  const kernels = weightsOf(model).flatMap(({ path, shape }) => (shape.length === 4 ? [path] : []));
  const dtype = { ...Object.fromEntries(kernels.map((path) => [path, 'uint8' as const])), '**': 'float16' as const };
  const { artifacts, report } = await quantizeModel(model, { dtype });
  return {
    stock: await tf.loadGraphModel({ load: async () => artifacts }),
    share: report.bytesAfter / report.bytesBefore,
  };
}

test('the repairs leave a small part of what uint8 changes in a detector with ReLU6, residual sums and depthwise convolutions', async ({
  skip,
}) => {
  const entry = ZOO.find(({ name }) => name === 'handtrackjs')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const file = entry.models.find((one) => one.file.endsWith('ssd320fpnlite/base/model.json'))!;
  const model = (await openModel(fetched.folder, file)).source as tf.GraphModel;
  const [x, calibration] = [images(4, 'test'), images(8, 'calibration')];
  const truth = await scoresOf(model, x);

  const equal = await equalize(model, { relu6: 'bound' });
  expect(equal.pairs.length).toBeGreaterThan(90);
  expect(equal.pairs.some(({ others }) => others.length >= 4)).toBe(true);
  // 60 layers, each rounded to 2^-24 of its terms with random signs: √60 · 2^-24 = 5e-7, and scores of a tenth of what they are sums of.
  expect(change(truth, await scoresOf(equal.model, x))).toBeLessThan(1e-5);
  const { model: corrected } = await correctBias(equal.model, calibration);
  // Shares tell something where no class has more than half.
  const tops = topsOf(truth);
  const counts = Array.from({ length: CLASSES }, (_, c) => tops.filter((top) => top === c).length);
  expect(Math.max(...counts)).toBeLessThan(tops.length / 2);

  const effects: Record<string, { same: number; change: number; share: number }> = {};
  for (const [name, repaired] of Object.entries({ plain: model, equalized: equal.model, corrected })) {
    const { stock, share } = await inUint8(repaired);
    const scores = await scoresOf(stock, x);
    effects[name] = { same: agreement(truth, scores), change: change(truth, scores), share };
    stock.dispose();
  }
  console.log(JSON.stringify(effects));
  const {
    plain,
    equalized,
    corrected: whole,
  } = effects as Record<'plain' | 'equalized' | 'corrected', (typeof effects)[string]>;
  expect(whole.share).toBeLessThan(0.27);
  expect(plain.change).toBeGreaterThan(0.1);
  expect(whole.change).toBeLessThan(plain.change / 4);
  expect(plain.same).toBeLessThan(0.85);
  expect(equalized.same).toBeGreaterThan(0.9);
  expect(whole.same).toBeGreaterThan(0.96);
  for (const one of [x, calibration, model, equal.model, corrected]) one.dispose();
});
