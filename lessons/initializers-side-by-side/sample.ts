import * as tf from '@tensorflow/tfjs';
import { dataDependent, lsuv, normal } from '@weightkit/initializers';
import { fillNormal, histogram, moments, randomKey } from '@weightkit/numerics';
import { type Curve, critical, distanceOf, endOf, stdOf } from './curves.ts';
import { entryOf, LAW_NAMES, type LawName, type Layer } from './laws.ts';

/** What was drawn by a law, and how it compares. */
export interface Sample {
  /** How many weights, in how many layers. */
  count: number;
  layers: number;
  mean: number;
  std: number;
  /** The standard deviation that the law says. */
  lawStd: number;
  /** How far the sample is from the law, from 0 to 1, and how far one in a thousand is by chance. */
  distance: number;
  critical: number;
  /** Counts over the edges that all laws share. */
  counts: number[];
  /** Counts over bins of its own, up to `end` on both sides. */
  own: number[];
  end: number;
}

/** Weights of each law, at least: a small layer is drawn again until there are so many. */
const WEIGHTS = 4000;
/** Layers of LSUV, which takes each for itself. */
const MOST_CALIBRATED = 10;
/** Random inputs that those look at. */
export const INPUTS = 500;
export const BINS = { shared: 61, own: 31 };

/** Random inputs that LSUV and the data-dependent start look at. */
const lookedAt = (inputs: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(fillNormal(new Float32Array(INPUTS * inputs), randomKey(seed, 'x')), [INPUTS, inputs]);

/** Layers which all read the same random inputs, each after LSUV of its own. */
async function afterLsuv({ inputs, units }: Layer, count: number, seed: number): Promise<Float32Array[]> {
  const x = lookedAt(inputs, seed);
  const all: Float32Array[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const layer = tf.layers.dense({ name: `layer${i}`, units, kernelInitializer: 'zeros', inputShape: [inputs] });
      const model = tf.sequential({ layers: [layer] });
      await lsuv(model, x, { seed });
      all.push((await layer.getWeights()[0]!.data()) as Float32Array);
      model.dispose();
    }
    return all;
  } finally {
    x.dispose();
  }
}

/** One layer with the units of all, after the data-dependent start, which takes each unit for itself. */
async function afterDataDependent({ inputs, units }: Layer, count: number, seed: number): Promise<Float32Array> {
  const all = tf.layers.dense({ units: units * count, kernelInitializer: 'zeros', inputShape: [inputs] });
  const model = tf.sequential({ layers: [all] });
  const x = lookedAt(inputs, seed);
  try {
    await dataDependent(model, x, { start: normal(), seed });
    return (await model.getWeights()[0]!.data()) as Float32Array;
  } finally {
    x.dispose();
    model.dispose();
  }
}

async function drawn(law: LawName, layer: Layer, count: number, seed: number): Promise<Float32Array[]> {
  const { start, looks } = entryOf(law);
  if (looks === 'lsuv') return afterLsuv(layer, Math.min(count, MOST_CALIBRATED), seed);
  if (looks === 'dataDependent') return [await afterDataDependent(layer, count, seed)];
  const initializer = start(layer);
  const all: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    const kernel = initializer([layer.inputs, layer.units], { seed, path: `layer${i}/kernel` });
    all.push((await kernel.data()) as Float32Array);
    kernel.dispose();
  }
  return all;
}

/** Counts of values between −end and end. */
const countsOf = (values: Float32Array, end: number, bins: number): number[] =>
  Array.from(histogram(values, { bins, range: [-end, end] }).counts);

/** Half of the width on which all laws are shown: where He's ends, or a little more. */
export const reachOf = ({ inputs }: Layer): number => 2.6 * Math.sqrt(2 / inputs);

/** What a histogram of a law alone spans. */
const ownEnd = (curve: Curve): number => (curve.kind === 'point' ? 1 : Math.min(1.15 * endOf(curve), 4 * stdOf(curve)));

/** Draws layers of this size by a law until there are enough weights to see its shape. */
export async function sampleOf(law: LawName, layer: Layer, seed: number): Promise<Sample> {
  const kernels = await drawn(law, layer, Math.ceil(WEIGHTS / (layer.inputs * layer.units)), seed);
  const values = new Float32Array(kernels.reduce((sum, { length }) => sum + length, 0));
  for (const [i, kernel] of kernels.entries()) values.set(kernel, i * kernel.length);
  const curve = entryOf(law).curve(layer);
  const { mean, std } = moments(values);
  const end = ownEnd(curve);
  return {
    count: values.length,
    layers: values.length / (layer.inputs * layer.units),
    mean,
    std,
    lawStd: stdOf(curve),
    distance: distanceOf(values, curve),
    critical: critical(values.length),
    counts: countsOf(values, reachOf(layer), BINS.shared),
    own: countsOf(values, end, BINS.own),
    end,
  };
}

/** A sample of every law; `tell` is called after each, with the share that is done. */
export async function samplesOf(
  layer: Layer,
  seed: number,
  tell: (law: LawName, done: number) => void | Promise<void> = () => {},
): Promise<Record<LawName, Sample>> {
  const samples = {} as Record<LawName, Sample>;
  for (const [i, law] of LAW_NAMES.entries()) {
    samples[law] = await sampleOf(law, layer, seed);
    await tell(law, (i + 1) / LAW_NAMES.length);
  }
  return samples;
}
