import * as tf from '@tensorflow/tfjs-core';
import type { CapturedCall, LayerLike } from '@weightkit/core';

/** Sums before a gate from which on it stands at an end, within 1.5 % of its range as everywhere else. */
const ENDS: Readonly<Record<string, number>> = {
  sigmoid: Math.log(0.985 / 0.015),
  hardSigmoid: (0.985 - 0.5) / 0.2,
  tanh: Math.atanh(0.97),
  softsign: 0.97 / 0.03,
};

interface Cell extends LayerLike {
  units: number;
  useBias: boolean;
  kernel: { read(): tf.Tensor };
  recurrentKernel: { read(): tf.Tensor };
  bias?: { read(): tf.Tensor };
  activation: { getClassName(): string };
  recurrentActivation: { getClassName(): string };
}

/**
 * The share of the gates of an LSTM or GRU that stand at an end, over calls of the cell.
 *
 * @returns a scalar, or null for other cells and activations without ends
 */
export function gateShare(layer: LayerLike, calls: readonly CapturedCall[]): tf.Scalar | null {
  const kind = layer.getClassName();
  if (kind !== 'LSTMCell' && kind !== 'GRUCell') return null;
  const cell = layer as Cell;
  const [gate, state] = [ENDS[cell.recurrentActivation.getClassName()], ENDS[cell.activation.getClassName()]];
  if (gate === undefined || state === undefined) return null;
  return tf.tidy(() => {
    // Input, forget, candidate, output; of a GRU update and reset: its candidate takes another sum.
    const ends = kind === 'LSTMCell' ? [gate, gate, state, gate] : [gate, gate];
    const width = ends.length * cell.units;
    const columns = (w: tf.Tensor) => tf.slice(w, [0, 0], [w.shape[0]!, width]);
    const [kernel, recurrent] = [columns(cell.kernel.read()), columns(cell.recurrentKernel.read())];
    const limits = tf.concat(ends.map((end) => tf.fill([cell.units], end)));
    const shares = calls.map(({ inputs }) => {
      const sums = tf.add(
        tf.matMul(inputs[0] as tf.Tensor2D, kernel as tf.Tensor2D),
        tf.matMul(inputs[1] as tf.Tensor2D, recurrent as tf.Tensor2D),
      );
      const biased = cell.useBias && cell.bias ? tf.add(sums, tf.slice(cell.bias.read(), [0], [width])) : sums;
      return tf.mean(tf.cast(tf.greaterEqual(tf.abs(biased), limits), 'float32'));
    });
    return tf.mean(tf.stack(shares)) as tf.Scalar;
  });
}
