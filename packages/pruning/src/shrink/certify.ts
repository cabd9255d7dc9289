import * as tf from '@tensorflow/tfjs-core';
import { allDone, type ModelLike } from '@weightkit/core';
import { fillIntegers, fillNormal, randomKey } from '@weightkit/numerics';
import type { GraphLayer, Shape } from './flow.ts';
import type { ShrinkCounts } from './plan.ts';

/** How long both models take on the probes. */
export interface ShrinkSpeed {
  /** Where it was measured. */
  backend: string;
  /** How often each ran, in turns, after a run that does not count. */
  runs: number;
  /** The median time of the model in milliseconds, with the download of its outputs. */
  before: number;
  /** That of the smaller model. */
  after: number;
}

/** What a smaller model gives beside what the model gave, on the same inputs, and how much less it is. */
export interface ShrinkCertificate {
  /** How many examples both were given. */
  probes: number;
  /** The largest difference of one number of the outputs. */
  largest: number;
  /** That difference, by the largest magnitude in its output; 0 where there is no difference. */
  relative: number;
  /** The share of rows of the outputs' last axis that have their largest number at the same place. */
  sameTop: number;
  /** The model. */
  before: ShrinkCounts;
  /** The smaller model. */
  after: ShrinkCounts;
  /** How long both take, where `runs` asks for it. */
  speed?: ShrinkSpeed;
}

/** How many examples are made where none are given, and how long axes of unknown length are. */
const EXAMPLES = 4;
const LENGTH = 16;

/** Inputs of a model: bell-shaped numbers, or numbers of rows where an Embedding reads them. The caller disposes them. */
export function probesFor({ inputs }: GraphLayer, rows: ReadonlyMap<number, number>): tf.Tensor[] {
  return inputs.map(({ shape }: { shape: Shape }, i: number) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? EXAMPLES : LENGTH));
    const count = sizes.reduce((a, b) => a * b, 1);
    const key = randomKey(0, `probe${i}`);
    const table = rows.get(i);
    return table === undefined
      ? tf.tensor(fillNormal(new Float32Array(count), key), sizes)
      : tf.tensor(fillIntegers(new Int32Array(count), key, { min: 0, max: table }), sizes, 'int32');
  });
}

async function outputsOf(model: ModelLike, probes: readonly tf.Tensor[]): Promise<[Float32Array, shape: number[]][]> {
  const outputs = [model.predictOnBatch(probes.length === 1 ? probes[0]! : [...probes])].flat() as tf.Tensor[];
  try {
    const values = await allDone(outputs.map((output) => output.data()));
    return outputs.map(({ shape }, i) => [Float32Array.from(values[i]!), shape]);
  } finally {
    tf.dispose(outputs);
  }
}

function topOf(values: Float32Array, from: number, length: number): number {
  let top = from;
  for (let i = from + 1; i < from + length; i++) if (values[i]! > values[top]!) top = i;
  return top;
}

/**
 * Runs two models on the same inputs.
 *
 * @param model - the model; its states, where it has any, are those of the call after
 * @param small - the smaller one
 */
export async function differenceOf(
  model: ModelLike,
  small: ModelLike,
  probes: readonly tf.Tensor[],
): Promise<Omit<ShrinkCertificate, 'before' | 'after' | 'speed'>> {
  const all = await outputsOf(model, probes);
  const others = await outputsOf(small, probes);
  const found = { probes: probes[0]!.shape[0]!, largest: 0, relative: 0, sameTop: 1 };
  let [rows, same] = [0, 0];
  for (const [o, [values, shape]] of all.entries()) {
    const [other] = others[o]!;
    let [largest, magnitude] = [0, 0];
    for (const [i, value] of values.entries()) {
      if (Object.is(value, other[i])) magnitude = Math.max(magnitude, Math.abs(value) || 0);
      else {
        const difference = Math.abs(value - other[i]!);
        largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
        magnitude = Math.max(magnitude, Math.abs(value) || 0);
      }
    }
    found.largest = Math.max(found.largest, largest);
    if (largest > 0) found.relative = Math.max(found.relative, largest / magnitude);
    const length = shape.at(-1) ?? 1;
    for (let from = 0; from < values.length; from += length, rows++)
      if (topOf(values, from, length) === topOf(other, from, length)) same++;
  }
  found.sameTop = rows === 0 ? 1 : same / rows;
  return found;
}

const medianOf = (times: readonly number[]): number => {
  const sorted = [...times].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};

/** Runs two models in turns on the same inputs, after {@link differenceOf}, which has warmed both up. */
export async function speedOf(
  model: ModelLike,
  small: ModelLike,
  probes: readonly tf.Tensor[],
  runs: number,
): Promise<ShrinkSpeed> {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++)
    for (const [i, one] of [model, small].entries()) {
      const begin = performance.now();
      await outputsOf(one, probes);
      times[i]!.push(performance.now() - begin);
    }
  return { backend: tf.getBackend(), runs, before: medianOf(times[0]), after: medianOf(times[1]) };
}
