import * as tf from '@tensorflow/tfjs-core';
import { type LayerPlace, sameData, wrapCall } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { isReal } from '../values/read-values.ts';
import type { Taken } from './read-together.ts';
import { type Bounds, boundsOf, saturatedShare } from './saturation.ts';
import { type ActivationRecord, plain } from './watch-history.ts';

/** Follows what layers return in the steps of an optimizer; nothing is downloaded. */
export interface ActivationGauge {
  /** A step begins: what the layers returned last is of its forward pass. */
  step(): void;
  /** Hands over the activations of the last step, which the caller disposes. Null for a layer that had none. */
  take(): Taken<Record<string, ActivationRecord | null>>;
  /** Leaves the layers alone and frees what it holds. */
  stop(): void;
}

/** So many entries are read of a layer at most, 1 MB: the first examples of the batch. */
const MOST = 1 << 18;

const outputOf = (returned: unknown): tf.Tensor | null => {
  const first = Array.isArray(returned) ? returned[0] : returned;
  return first instanceof tf.Tensor && isReal(first.dtype) && first.size > 0 ? first : null;
};

/** The first examples of a batch as float32, [examples, entries], in a tensor of their own. */
export function firstExamples(output: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const examples = output.rank === 0 ? 1 : output.shape[0]!;
    const flat = tf.reshape(output, [examples, output.size / examples]);
    const some = Math.max(1, Math.min(examples, Math.floor(MOST / flat.shape[1]!)));
    return tf.cast(some < examples ? tf.slice(flat, [0, 0], [some, -1]) : tf.clone(flat), 'float32');
  });
}

function recordOf(values: Float32Array, examples: number, bounds: Bounds | null): ActivationRecord {
  const { count, mean, std, min, max, zeros, nonFinite } = moments(values);
  return {
    examples,
    entries: values.length,
    mean: plain(mean),
    std: plain(std),
    min: plain(min),
    max: plain(max),
    zeroShare: count === 0 ? 0 : zeros / count,
    saturatedShare: bounds && saturatedShare(values, bounds),
    nonFinite,
  };
}

/** Puts a gauge on layers: holds what each returned in the last call before a step of the optimizer, on data that is not copied. */
export function activationGauge(layers: readonly LayerPlace[]): ActivationGauge {
  const states = layers.map(({ path, layer }) => ({
    path,
    bounds: boundsOf(layer),
    latest: null as tf.Tensor | null,
    held: null as tf.Tensor | null,
  }));
  const unwrap = layers.map(({ layer }, i) =>
    wrapCall(
      layer,
      (call, inputs, kwargs) => {
        const returned = call(inputs, kwargs);
        const output = outputOf(returned);
        states[i]!.latest?.dispose();
        states[i]!.latest = output && tf.keep(sameData(output));
        return returned;
      },
      'watch',
    ),
  );
  const release = (...tensors: (tf.Tensor | null)[]): void => tf.dispose(tensors.filter((tensor) => tensor !== null));
  return {
    step() {
      for (const state of states) {
        if (!state.latest) continue;
        release(state.held);
        [state.held, state.latest] = [state.latest, null];
      }
    },
    take() {
      const held = states.map((state) => state.held);
      for (const state of states) {
        release(state.latest);
        [state.latest, state.held] = [null, null];
      }
      try {
        const tensors = held.map((output) => output && firstExamples(output));
        return {
          tensors: tensors.filter((tensor) => tensor !== null),
          finish(values) {
            const left = [...values];
            return Object.fromEntries(
              states.map(({ path, bounds }, i) => {
                const tensor = tensors[i];
                return [path, tensor ? recordOf(left.shift()!, tensor.shape[0]!, bounds) : null];
              }),
            );
          },
        };
      } finally {
        release(...held);
      }
    },
    stop() {
      for (const remove of unwrap) remove();
      for (const state of states) {
        release(state.latest, state.held);
        [state.latest, state.held] = [null, null];
      }
    },
  };
}
