import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { weightsOf } from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { correctBias, equalize, quantizeModel } from '@weightkit/quantization';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCifar } from '../../../benchmarks/cifar.mjs';
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

/** A folder with CIFAR-10 in its binary format. */
const PHOTOGRAPHS = process.env.WEIGHTKIT_CIFAR10 ?? '';

/** Photographs of 32 pixels as large as the detector wants them. */
function photographs(from: number, count: number): tf.Tensor {
  const { pixels } = readCifar(PHOTOGRAPHS).test;
  const own = Float32Array.from(pixels.subarray(from * 3072, (from + count) * 3072));
  return tf.tidy(() =>
    tf.cast(tf.round(tf.image.resizeBilinear(tf.tensor4d(own, [count, 32, 32, 3]), [SIZE, SIZE])), 'int32'),
  );
}

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

type Dtypes = Record<string, 'uint8' | 'uint16' | 'float16'>;

/** Kernels in uint8, those of fewer weights than `fine` in uint16; what is added to units in float16. */
const dtypesOf = (model: tf.GraphModel, fine: number): Dtypes => {
  const kernels = weightsOf(model).filter(({ shape }) => shape.length === 4);
  const typed = kernels.map(({ path, shape }) => [path, tf.util.sizeFromShape([...shape]) < fine ? 'uint16' : 'uint8']);
  return { ...Object.fromEntries(typed), '**': 'float16' };
};

/** The model as stock TensorFlow.js loads the file. */
async function inFile(model: tf.GraphModel, dtype: Dtypes): Promise<{ stock: tf.GraphModel; share: number }> {
  const { artifacts, report } = await quantizeModel(model, { dtype });
  return {
    stock: await tf.loadGraphModel({ load: async () => artifacts }),
    share: report.bytesAfter / report.bytesBefore,
  };
}

/** Kernels below this many weights are a twentieth of the file. */
const SMALL = 10_000;

test.for([
  ['noise', 0.975],
  ['photographs', 0.95],
] as const)(
  'the repairs leave a small part of what uint8 changes in a detector with ReLU6, residual sums and depthwise convolutions, on %s',
  async ([kind, least], { skip }) => {
    const isNoise = kind === 'noise';
    if (!isNoise && !existsSync(PHOTOGRAPHS)) return skip('WEIGHTKIT_CIFAR10 names no folder with CIFAR-10');
    const entry = ZOO.find(({ name }) => name === 'handtrackjs')!;
    const fetched = await fetchPackage(entry);
    if ('reason' in fetched) return skip(fetched.reason);
    const file = entry.models.find((one) => one.file.endsWith('ssd320fpnlite/base/model.json'))!;
    const model = (await openModel(fetched.folder, file)).source as tf.GraphModel;
    const [x, calibration] = isNoise
      ? [images(4, 'test'), images(8, 'calibration')]
      : [photographs(0, 8), photographs(300, 8)];
    const truth = await scoresOf(model, x);
    // Shares tell something where no class has more than half.
    const tops = topsOf(truth);
    const counts = Array.from({ length: CLASSES }, (_, c) => tops.filter((top) => top === c).length);
    expect(Math.max(...counts)).toBeLessThan(tops.length / 2);

    const equal = await equalize(model, { relu6: 'bound' });
    expect(equal.pairs.length).toBeGreaterThan(90);
    expect(equal.pairs.some(({ others }) => others.length >= 4)).toBe(true);
    // 60 layers, each rounded to 2^-24 of its terms with random signs: √60 · 2^-24 = 5e-7, and scores of a tenth of what they are sums of.
    expect(change(truth, await scoresOf(equal.model, x))).toBeLessThan(1e-5);

    const effectOf = async (repaired: tf.GraphModel, dtype = dtypesOf(repaired, 0)) => {
      const { stock, share } = await inFile(repaired, dtype);
      const scores = await scoresOf(stock, x);
      stock.dispose();
      return { same: agreement(truth, scores), change: change(truth, scores), share };
    };
    const fine = dtypesOf(equal.model, SMALL);
    const { model: corrected } = await correctBias(equal.model, calibration, { dtype: dtypesOf(equal.model, 0) });
    const { model: finer } = await correctBias(equal.model, calibration, { dtype: fine });
    const plain = await effectOf(model);
    const equalized = await effectOf(equal.model);
    const whole = await effectOf(corrected);
    const most = await effectOf(finer, fine);
    console.log(kind, JSON.stringify({ plain, equalized, whole, most }));
    expect(whole.share).toBeLessThan(0.27);
    expect(most.share).toBeLessThan(0.28);
    expect(plain.change).toBeGreaterThan(0.1);
    expect(whole.change).toBeLessThan(plain.change / 4);
    expect(plain.same).toBeLessThan(0.85);
    expect(equalized.same).toBeGreaterThan(plain.same);
    expect(whole.same).toBeGreaterThan(least);
    expect(most.same).toBeGreaterThan(0.98);
    for (const one of [x, calibration, model, equal.model, corrected, finer]) one.dispose();
  },
);
