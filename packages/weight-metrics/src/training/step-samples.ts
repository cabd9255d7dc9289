import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOp, valuesAtHand } from '@weightkit/core';

/** What was measured of a step: norms, or on the device what {@link normsOf} makes them of. */
export type Measure = tf.Tensor | readonly number[];

/** Measures of some steps of a window: of all of a short one, of evenly spaced ones of a long one. */
export interface StepSamples {
  /** Whether the step that begins is to be measured; asked once a step. */
  due(): boolean;
  /** Takes the measure of a step that was due; it is kept until it is taken or cleared. */
  add(measure: Measure): void;
  /** The measures in order, which the caller disposes; the next window begins. */
  take(): Measure[];
  /** Frees what it holds and starts anew. */
  clear(): void;
}

const isTensor = (measure: Measure): measure is tf.Tensor => measure instanceof tf.Tensor;

/** The tensors among measures. */
export const tensorsIn = (measures: readonly Measure[]): tf.Tensor[] => measures.filter(isTensor);

/**
 * Samples of no steps yet. Every step is measured until there are `most` measures; then every second of them goes, and from then on
 * every second step is measured, and so on. The next window begins with the spacing at which this one would have kept within `most`:
 * windows of one length cost the same from the second on, and from the first where its length was `expected`. What is measured depends
 * on the numbers of steps alone.
 *
 * @param most - how many measures are kept
 * @param expected - how many steps the first window will have; 0 when that is not known
 */
export function stepSamples(most: number, expected = 0): StepSamples {
  let [stride, step] = [1, expected];
  let held: Measure[] = [];
  const begin = (): void => {
    for (stride = 1; Math.ceil(step / stride) > most; ) stride *= 2;
    step = 0;
    held = [];
  };
  begin();
  return {
    due() {
      const isDue = step % stride === 0;
      if (isDue && held.length === most) {
        tf.dispose(tensorsIn(held.filter((_, i) => i % 2 === 1)));
        held = held.filter((_, i) => i % 2 === 0);
        stride *= 2;
      }
      return step++ % stride === 0;
    },
    add(measure) {
      held.push(isTensor(measure) ? tf.keep(measure) : measure);
    },
    take() {
      const taken = held;
      begin();
      return taken;
    },
    clear() {
      tf.dispose(tensorsIn(held));
      step = expected;
      begin();
    },
  };
}

/** ‖a − b‖, ‖b‖ and ‖c‖ in one run, in float64, where no square of a float32 over- or underflows. */
function normsAtHand(a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>): number[] {
  let [change, size, other] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    const d = a[i]! - b[i]!;
    change += d * d;
    size += b[i]! * b[i]!;
    other += c[i]! * c[i]!;
  }
  return [change, size, other].map(Math.sqrt);
}

/** Between these a sum of squares has neither lost what matters nor overflown: 2^-149 is the least float32, 2^128 beyond the greatest. */
const [LEAST, MOST] = [2 ** -90, 2 ** 120];

/**
 * Norms on tfjs-node, by one operation for the runs along the last axis, which are added up at hand; null elsewhere, and where an entry
 * needs a scale.
 */
function normsByRuns(tensors: readonly tf.Tensor[]): number[] | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const norms: number[] = [];
  for (const x of tensors) {
    const last = tf.tensor1d([x.rank - 1], 'int32');
    const runs = tensorflowOp('EuclideanNorm', [x, last]);
    const values = runs && valuesAtHand(runs);
    if (!values) return null;
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += values[i]! ** 2;
    if (!(squares > LEAST && squares < MOST)) return null;
    norms.push(Math.sqrt(squares));
  }
  return norms;
}

/** Up to so many entries of three tensors are read from tfjs-node and summed faster than five operations go over them. */
const FEW = { most: 1 << 18 };

/**
 * Measures a step: ‖now − start‖, ‖start‖ and, where there is one, ‖gradient‖. On cpu and wasm they are summed where the values lie, in
 * float64, on tfjs-node too unless they are many, then with an operation for each; on a GPU, where nothing may be downloaded in a step,
 * with scaled entries.
 */
export function measureOf(now: tf.Tensor, start: tf.Tensor, gradient: tf.Tensor | null): Measure {
  const [a, b] = [valuesAtHand(now, FEW), valuesAtHand(start, FEW)];
  const c = gradient ? valuesAtHand(gradient, FEW) : b;
  if (a && b && c) return normsAtHand(a, b, c).slice(0, gradient ? 3 : 2);
  return tf.tidy(() => {
    const tensors = [tf.sub(now, start), start, ...(gradient ? [gradient] : [])];
    return (normsByRuns(tensors) ?? scaledSquares(tensors)) as tf.Tensor;
  }) as Measure;
}

/**
 * For each of k tensors of one shape Σ (x / c)² and c, the largest magnitude: no square of an entry over- or underflows. c keeps within
 * the normal numbers whose reciprocals are normal too, since WebGPU may divide by multiplying with 1 / c; entries of x / c stay below 4.
 *
 * @returns `[2, k]`, from which {@link normsOf} makes norms: that is fewer operations in a step
 */
export function scaledSquares(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tf.tidy(() => {
    const [first] = tensors as [tf.Tensor];
    if (first.size === 0) return tf.stack([tf.zeros([tensors.length]), tf.ones([tensors.length])]);
    const cols = first.rank === 0 ? 1 : first.shape[first.rank - 1]!;
    const x = tf.reshape(tf.stack([...tensors]), [tensors.length, first.size / cols, cols]);
    const scale = tf.clipByValue(tf.max(tf.abs(x), [1, 2], true), 2 ** -126, 2 ** 126);
    // First along the last axis: backends add one long run naively in float32, and drift.
    const squares = tf.sum(tf.sum(tf.square(tf.div(x, scale)), 2), 1);
    return tf.stack([squares, tf.reshape(scale, [tensors.length])]);
  });
}

/** The k norms of what {@link scaledSquares} measured; NaN or infinite where an entry was. */
export function normsOf(measure: Float32Array): number[] {
  const k = measure.length / 2;
  return Array.from({ length: k }, (_, i) => measure[k + i]! * Math.sqrt(measure[i]!));
}

/** The norms of measures; `values` are those of the tensors among them, in order. */
export function normsOfAll(measures: readonly Measure[], values: readonly Float32Array[]): (readonly number[])[] {
  const left = values.values();
  return measures.map((measure) => (isTensor(measure) ? normsOf(left.next().value!) : measure));
}
