import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import { unpackCodes } from '@weightkit/numerics';
import { dequantizeValues, quantizeModel, quantizeValues } from '@weightkit/quantization';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectStopped } from '../corners.ts';
import { halved } from '../siamese/network.ts';
import { INPUTS } from '../siamese/size.ts';
import { CALIBRATING, type Params, type Result, UNSEEN } from './experiment.ts';
import { figures, fileOf, rowOf } from './figure.ts';
import { packAndLoad, plainSize } from './files.ts';
import { BITS, gridOf, RANGES, SHARED } from './grids.ts';
import { blocksOf, type Kernel, kernelOf, stepsOf } from './kernel.ts';
import { LAYERS, type Layer } from './layers.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { buildClassifier } from './network.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, steps: 20, more: 10, seed: 0 };
const NAMES = Object.keys(LAYERS) as Layer[];
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= lesson.experiment(SMALL, { data });
  return kept;
};

/** A network of these weights; the caller disposes it. */
function netOf(weights: readonly ArrayLike<number>[]): tf.Sequential {
  const net = buildClassifier(1);
  tf.tidy(() =>
    net.setWeights(net.getWeights().map(({ shape }, i) => tf.tensor(Float32Array.from(weights[i]!), shape))),
  );
  return net;
}

/** The weights with each kernel rounded by hand: code times scale, in float32. */
function roundedByHand({ weights }: Result, grid: ReturnType<typeof gridOf>): Float32Array[] {
  return weights.map((own, i) => {
    if (i % 2 === 1) return own;
    const { values, shape } = kernelOf({ weights }, NAMES[i / 2]!);
    const { codes, scales, block } = quantizeValues(values, shape, grid);
    const blocks = blocksOf(shape, block!);
    return Float32Array.from(codes, (code, j) => code * scales![blocks[j]!]!);
  });
}

const valuesOf = (net: tf.LayersModel) =>
  Promise.all(net.getWeights().map(async (weight) => [...(await weight.data())]));

async function saidBy(net: tf.LayersModel, images: tf.Tensor): Promise<Float32Array> {
  const said = net.predict(images, { batchSize: UNSEEN }) as tf.Tensor;
  const values = ((await said.data()) as Float32Array).slice();
  said.dispose();
  return values;
}

async function unseenImages() {
  const { test } = await data.digits({ train: 1, test: UNSEEN });
  return { images: tf.tensor2d(halved(test), [UNSEEN, INPUTS]), labels: test.labels };
}

/**
 * How many halves of a step an error can have. A code is the nearest whole number to w · (1 / scale): the inverse and the product round by
 * 2⁻²⁴ each, of at most 128 steps, and so do code · scale on the way back and the scale itself: 4 · 128 · 2⁻²⁴ = 2⁻¹⁵ steps above a half.
 */
const HALF = 1 + 2 ** -14;

describe('quantization', () => {
  it('no weight is further from its code than half a step, with any bits and any way to share a scale', async () => {
    const result = await small();
    for (const layer of NAMES)
      for (const bits of BITS)
        for (const shared of SHARED) {
          const { errors } = stepsOf(kernelOf(result, layer), gridOf(bits, shared, 'all weights'));
          expect(errors.reduce((most, error) => Math.max(most, error), 0)).toBeLessThanOrEqual(HALF);
        }
    const weight = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const kernel = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 4 })).chain(([inputs, units]) =>
      fc.array(weight, { minLength: inputs * units, maxLength: inputs * units }).map(
        (values): Kernel => ({
          values: Float32Array.from(values),
          shape: [inputs, units],
        }),
      ),
    );
    fc.assert(
      fc.property(kernel, fc.constantFrom(...BITS), fc.constantFrom(...SHARED), (own, bits, shared) => {
        const { errors } = stepsOf(own, gridOf(bits, shared, 'all weights'));
        for (const error of errors) expect(error).toBeLessThanOrEqual(HALF);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('stock TensorFlow.js loads each file and predicts, to the bit, what the rounded weights predict', async () => {
    const result = await small();
    const { images, labels } = await unseenImages();
    const net = netOf(result.weights);
    try {
      for (const bits of [8, 4, 3])
        for (const shared of SHARED) {
          const grid = gridOf(bits, shared, 'all weights');
          const { loaded, bytes } = await packAndLoad(net, grid);
          const byHand = netOf(roundedByHand(result, grid));
          try {
            expect(await valuesOf(loaded)).toEqual(await valuesOf(byHand));
            const said = await saidBy(loaded, images);
            expect(said).toEqual(await saidBy(byHand, images));
            const right = [...labels].filter((digit, i) => {
              const own = [...said.subarray(10 * i, 10 * i + 10)];
              return own.indexOf(Math.max(...own)) === digit;
            });
            expect(fileOf(result, { bits, shared })).toEqual({ bits, shared, bytes, accuracy: right.length / UNSEEN });
          } finally {
            loaded.dispose();
            byHand.dispose();
          }
        }
      expect(result.bytes).toBe(await plainSize(net));
    } finally {
      net.dispose();
      images.dispose();
    }
  }, 120_000);

  it('the file of bytes loads by nothing but stock TensorFlow.js, within half a step of each weight', async () => {
    const result = await small();
    const net = netOf(result.weights);
    const { artifacts, report } = await quantizeModel(net, { dtype: 'uint8' });
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    try {
      const own = await valuesOf(loaded);
      expect(report.bytesAfter).toBe(result.stock.bytes);
      expect(report.bytesAfter).toBe(report.bytesBefore / 4);
      for (const [i, weights] of result.weights.entries()) {
        const step = (Math.max(...weights, 0) - Math.min(...weights, 0)) / 255;
        const most = weights.reduce((most, weight, j) => Math.max(most, Math.abs(weight - own[i]![j]!)), 0);
        // Float32 holds the decoded value to 2⁻²⁴ of it, which is at most 255 steps.
        expect(most).toBeLessThanOrEqual(step * (0.5 + 255 * 2 ** -24));
      }
    } finally {
      net.dispose();
      loaded.dispose();
    }
  }, 120_000);

  it('what is loaded from 4 bits is float32 again: as many numbers, as many bytes of memory', async () => {
    const net = netOf((await small()).weights);
    const bytesOf = () => tf.memory().numBytes;
    const before = bytesOf();
    const again = netOf((await small()).weights);
    const plain = bytesOf() - before;
    const { loaded } = await packAndLoad(net, gridOf(4, 'a layer', 'all weights'));
    expect(bytesOf() - before).toBe(2 * plain);
    expect(loaded.getWeights().map(({ dtype }) => dtype)).toEqual(net.getWeights().map(() => 'float32'));
    for (const each of [net, again, loaded]) each.dispose();
  }, 120_000);

  it('files grow with bits by what the codes take, and by four bytes for each scale', async () => {
    const { files } = await small();
    const kernels = (await small()).weights.filter((_, i) => i % 2 === 0);
    for (const shared of SHARED) {
      const sizes = BITS.map((bits) => fileOf({ files }, { bits, shared }).bytes);
      const codes = BITS.map((bits) => kernels.reduce((sum, { length }) => sum + Math.ceil((length * bits) / 8), 0));
      for (let i = 1; i < BITS.length; i++) expect(sizes[i - 1]! - sizes[i]!).toBe(codes[i - 1]! - codes[i]!);
    }
    // One for each of 58 units in place of 3, and the header says of each kernel how its blocks lie.
    const [layer, output] = SHARED.map((shared) => fileOf({ files }, { bits: 4, shared }).bytes);
    expect(Math.abs(output! - layer! - 4 * 55)).toBeLessThan(50);
  }, 120_000);

  it('each nibble that is drawn is a code of the file, and stands for code times scale', async () => {
    const result = await small();
    for (const layer of NAMES)
      for (const shared of SHARED) {
        const kernel = kernelOf(result, layer);
        const grid = gridOf(4, shared, 'all weights');
        const { codes } = quantizeValues(kernel.values, kernel.shape, grid);
        const { rows } = figures(result, { ...SMALL, layer, shared }).nibbles!.table;
        const bytes = Uint8Array.from(rows, ([byte]) => Number.parseInt(String(byte), 16));
        const { at } = rowOf(kernel);
        const own = unpackCodes(bytes, { bits: 4, length: kernel.shape[1], signed: true });
        expect([...own]).toEqual([...codes.subarray(at, at + kernel.shape[1])]);
        const values = dequantizeValues(quantizeValues(kernel.values, kernel.shape, grid));
        expect(rows.flatMap((row) => [row[3], row[7]])).toEqual(
          [...values.subarray(at, at + kernel.shape[1])].map((value) => Number(value.toPrecision(4))),
        );
      }
  }, 120_000);

  it('activations reach as far as the least and the greatest, or less far', async () => {
    const { weights, ranged } = await small();
    const { train } = await data.digits({ train: CALIBRATING, test: 1 });
    const most = tf.tidy(() => {
      const [kernel, bias] = [tf.tensor2d(weights[0]!, [INPUTS, LAYERS.first]), tf.tensor1d(weights[1]!)];
      const sums = tf.add(tf.matMul(tf.tensor2d(halved(train), [CALIBRATING, INPUTS]), kernel), bias);
      return tf.max(tf.relu(sums)).dataSync()[0]!;
    });
    for (const { way, end, clipped, accuracy } of ranged) {
      // The sums of 196 products are in another order here.
      if (way === 'least and greatest') expect(Math.abs(end - most)).toBeLessThanOrEqual(196 * 2 ** -23 * most);
      expect(end).toBeLessThanOrEqual(most * (1 + 196 * 2 ** -23));
      expect(clipped).toBeGreaterThanOrEqual(0);
      expect(clipped).toBeLessThan(0.2);
      expect(accuracy).toBeGreaterThanOrEqual(0);
    }
  }, 120_000);

  it('another range tries the files again, trains nothing, and leaves no tensor', async () => {
    const result = await small();
    const { numTensors } = tf.memory();
    const to: Params = { ...SMALL, range: 'least error' };
    const { files, ...others } = (await lesson.rerun!(result, SMALL, to, { data }))!;
    expect(tf.memory().numTensors).toBe(numTensors);
    expect({ ...result, files }).toEqual({ ...others, files });
    expect(files.map(({ bytes }) => bytes)).toEqual(result.files.map(({ bytes }) => bytes));
    expect(files.map(({ accuracy }) => accuracy)).not.toEqual(result.files.map(({ accuracy }) => accuracy));
    // And back.
    expect(await lesson.rerun!({ ...result, files }, to, SMALL, { data })).toEqual(result);
    expect(lesson.rerun!(result, SMALL, { ...to, steps: 30 }, { data })).toBeUndefined();
    expect(lesson.derive!(result, SMALL, { ...SMALL, bits: 2, shared: '28 inputs', layer: 'digits' })).toBe(result);
    expect(lesson.derive!(result, SMALL, to)).toBeUndefined();
  }, 120_000);

  it('draws what can be chosen, without a number that is none, and stops without a tensor left', async () => {
    const result = await small();
    for (const layer of NAMES)
      for (const shared of SHARED)
        for (const bits of [2, 8])
          for (const range of RANGES) {
            const { grid } = figures(result, { ...SMALL, layer, shared, bits, range });
            expect(`${grid!.svg()}${grid!.description}`).not.toMatch(/NaN|undefined|Infinity/);
          }
    await expectStopped(lesson, SMALL, 0.2);
  }, 240_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [{ bits: 1 }, 'quantization: bits must be an integer in [2, 8], got 1'],
    [{ shared: 'all' as never }, 'quantization: shared must be among a layer, an output, 28 inputs, got "all"'],
    [{ range: 'all' as never }, 'quantization: range must be among all weights, least error, got "all"'],
    [{ layer: 'third' as never }, 'quantization: layer must be among first, second, digits, got "third"'],
    [{ steps: 0 }, 'quantization: steps must be an integer in [1, 5000], got 0'],
    [{ more: 1.5 }, 'quantization: more must be an integer in [1, 5000], got 1.5'],
    [{ seed: 0.5 }, 'quantization: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(lesson.experiment({ ...SMALL, ...wrong }, { data })).rejects.toThrow(message);
  });
});
