import * as tf from '@tensorflow/tfjs-core';

/** Measures of some steps of a window: of all of a short one, of evenly spaced ones of a long one. */
export interface StepSamples {
  /** Whether the step that begins is to be measured; asked once a step. */
  due(): boolean;
  /** Takes the measure of a step that was due; it is kept until it is taken or cleared. */
  add(measure: tf.Tensor): void;
  /** The measures in order, which the caller disposes; the next window begins. */
  take(): tf.Tensor[];
  /** Frees what it holds and starts anew. */
  clear(): void;
}

/**
 * Samples of no steps yet. Every step is measured until there are `most` measures; then every second of them goes, and from then on
 * every second step is measured, and so on. The next window begins with the spacing at which this one would have kept within `most`:
 * windows of one length cost the same from the second on. What is measured depends on the numbers of steps alone.
 */
export function stepSamples(most: number): StepSamples {
  let [stride, step] = [1, 0];
  let held: tf.Tensor[] = [];
  const begin = (): void => {
    for (stride = 1; Math.ceil(step / stride) > most; ) stride *= 2;
    step = 0;
    held = [];
  };
  return {
    due() {
      const isDue = step % stride === 0;
      if (isDue && held.length === most) {
        tf.dispose(held.filter((_, i) => i % 2 === 1));
        held = held.filter((_, i) => i % 2 === 0);
        stride *= 2;
      }
      return step++ % stride === 0;
    },
    add(measure) {
      held.push(tf.keep(measure));
    },
    take() {
      const taken = held;
      begin();
      return taken;
    },
    clear() {
      tf.dispose(held);
      [stride, step, held] = [1, 0, []];
    },
  };
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
