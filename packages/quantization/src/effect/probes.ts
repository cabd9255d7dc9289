import * as tf from '@tensorflow/tfjs-core';
import { capture, layersOf } from '@weightkit/core';
import { fillIntegers, fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { embeddingRows } from './embedding-rows.ts';
import { checkFiniteData } from './finite-data.ts';
import { givenInputs, type ProbeInput } from './given-inputs.ts';
import { hasLayers, type InputLike, inputsOf, type Runnable } from './runnable.ts';

/**
 * Inputs to try a model on: how many are to be made, or examples for each input: a tensor, nested lists of numbers whose outermost are the
 * examples, or numbers with a shape. A model of one input takes these alone or in a list, one of several in a list, in their order.
 */
export type Probes = number | ProbeInput | readonly ProbeInput[];

/** Inputs in batches. */
export interface ProbeSet {
  /** How many examples. */
  count: number;
  /** Where they are from, in words. */
  from: string;
  /** How many examples a batch has. */
  batchSize: number;
  /** A batch, the first is 0; the caller disposes it. */
  batch(index: number): tf.Tensor[];
}

/** Numbers of one batch of inputs, at most; and how long an axis of unknown length is. */
const NUMBERS = 2 ** 20;
const LENGTH = 16;

const KINDS = 4;

/** One made example: bell-shaped numbers, numbers in 0..1, one 1 in each row, or waves over the axes before the last. */
function fillExample(values: Float32Array, shape: readonly number[], seed: number, input: number): void {
  const key = randomKey(seed, `probe${input}`);
  const kind = seed % KINDS;
  const last = shape.at(-1) ?? 1;
  if (kind === 0) fillNormal(values, key);
  else if (kind === 1) fillUniform(values, key, { min: 0, max: 1 });
  else if (kind === 2) {
    const places = fillIntegers(new Int32Array(values.length / last), key, { min: 0, max: last });
    for (const [row, place] of places.entries()) values[row * last + place] = 1;
  } else {
    // Four waves for each channel, with amplitudes that fall: neighbors are alike, as in images and sounds.
    const waves = fillNormal(new Float32Array(16 * last), key);
    const columns = shape.length > 2 ? shape.at(-2)! : 1;
    for (let i = 0; i < values.length; i++) {
      const channel = i % last;
      const place = shape.length > 1 ? Math.floor(i / last) : i;
      const [x, y] =
        shape.length > 1 ? [(place % columns) / columns, Math.floor(place / columns) / columns] : [i / last, 0];
      let sum = 0;
      for (let w = 0; w < 4; w++) {
        const at = 16 * (shape.length > 1 ? channel : 0) + 4 * w;
        sum +=
          (waves[at]! / (1 + w)) *
          Math.cos(2 * Math.PI * (w + 1) * (waves[at + 1]! * x + waves[at + 2]! * y) + 6 * waves[at + 3]!);
      }
      values[i] = sum;
    }
  }
}

interface Norm {
  axis: number;
  movingMean: { read(): tf.Tensor };
  movingVariance: { read(): tf.Tensor };
}

/**
 * How inputs must be scaled for the first BatchNorm to see the mean variance that it saw in training; 1 without one.
 */
async function scaleByNorm(model: Runnable, batch: readonly tf.Tensor[]): Promise<number> {
  if (!hasLayers(model)) return 1;
  const norm = layersOf(model).find(({ layer }) => layer.getClassName() === 'BatchNormalization');
  if (!norm) return 1;
  const captured = capture(model, [norm.path], batch.length === 1 ? batch[0]! : [...batch]);
  const [call] = captured.calls;
  const ratio = tf.tidy(() => {
    if (!call) return tf.scalar(1);
    const [x] = call.inputs as [tf.Tensor];
    const { axis, movingVariance } = call.layer as unknown as Norm;
    const channel = axis < 0 ? x.rank + axis : axis;
    const { variance } = tf.moments(
      x,
      [...x.shape.keys()].filter((one) => one !== channel),
    );
    return tf.sqrt(tf.div(tf.mean(movingVariance.read()), tf.mean(variance)));
  });
  captured.dispose();
  const [scale] = (await ratio.data()) as Float32Array;
  ratio.dispose();
  return scale! > 0 && Number.isFinite(scale) ? scale! : 1;
}

function sizesOf({ shape = [] }: InputLike): number[] {
  return shape.slice(1).map((size) => (size === null || size < 0 ? LENGTH : size));
}

async function madeProbes(fn: string, model: Runnable, wanted: number): Promise<ProbeSet> {
  const inputs = inputsOf(model);
  const rows = hasLayers(model) ? embeddingRows(model) : inputs.map(() => undefined);
  const sizes = inputs.map(sizesOf);
  const numbers = sizes.reduce((sum, size) => sum + tf.util.sizeFromShape(size), 0);
  const fixed = inputs[0]?.shape?.[0];
  const batchSize =
    fixed != null && fixed > 0 ? fixed : Math.max(1, Math.min(wanted, 128, Math.floor(NUMBERS / Math.max(1, numbers))));
  const count = Math.ceil(wanted / batchSize) * batchSize;
  let scale = 1;
  const make = (index: number): tf.Tensor[] =>
    inputs.map(({ dtype = 'float32' }, i) => {
      checkRange(
        dtype === 'float32' || dtype === 'int32',
        `${fn}: probes must be given for inputs that are not float32 or int32`,
        dtype,
      );
      const length = tf.util.sizeFromShape(sizes[i]!);
      const shape = [batchSize, ...sizes[i]!];
      if (rows[i] !== undefined || dtype === 'int32') {
        const key = randomKey(index, `probe${i}`);
        const values = fillIntegers(new Int32Array(batchSize * length), key, { min: 0, max: rows[i] ?? 2 });
        return tf.tensor(values, shape, 'int32');
      }
      const values = new Float32Array(batchSize * length);
      for (let e = 0; e < batchSize; e++)
        fillExample(values.subarray(e * length, (e + 1) * length), sizes[i]!, index * batchSize + e, i);
      if (scale !== 1) for (let j = 0; j < values.length; j++) values[j]! *= scale;
      return tf.tensor(values, shape, 'float32');
    });
  const first = make(0);
  try {
    scale = await scaleByNorm(model, first);
  } finally {
    tf.dispose(first);
  }
  const kinds = new Set(
    rows.map((one) => (one === undefined ? 'noise, one-hot rows and waves' : `integers below ${one}`)),
  );
  const from = `made: ${[...kinds].join('; ')}${scale === 1 ? '' : `, scaled by ${scale.toPrecision(3)} for the statistics of the first BatchNorm`}`;
  return { count, from, batchSize, batch: make };
}

/**
 * Probes in batches, given or made.
 *
 * @param what - how messages name what is not finite
 */
export async function probeSet(fn: string, model: Runnable, probes: Probes, what = 'probes'): Promise<ProbeSet> {
  if (typeof probes === 'number') {
    checkRange(
      Number.isInteger(probes) && probes >= 1 && probes <= 2 ** 20,
      `${fn}: probes must be tensors, or how many are to be made: an integer in 1..2^20`,
      probes,
    );
    return madeProbes(fn, model, probes);
  }
  const given = givenInputs(fn, inputsOf(model), probes);
  const count = given[0]!.shape[0]!;
  const numbers = given.reduce((sum, { size }) => sum + size, 0) / count;
  const fixed = inputsOf(model)[0]?.shape?.[0];
  const batchSize =
    fixed != null && fixed > 0 ? fixed : Math.max(1, Math.min(count, 128, Math.floor(NUMBERS / Math.max(1, numbers))));
  checkRange(
    count % batchSize === 0 || fixed == null || fixed < 0,
    `${fn}: probes must fill batches of ${batchSize}`,
    count,
  );
  const batch = (index: number): tf.Tensor[] => {
    const from = index * batchSize;
    return given.map((input) => input.rows(from, Math.min(batchSize, count - from)));
  };
  for (let from = 0; from < count; from += batchSize) {
    const rows = batch(from / batchSize);
    await checkFiniteData(fn, rows, from, what).finally(() => tf.dispose(rows));
  }
  return { count, from: 'given', batchSize, batch };
}
