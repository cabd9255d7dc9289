import * as tf from '@tensorflow/tfjs-core';

/**
 * A Prelu for a backend whose own is right where `alpha` has the shape of `x` and wrong where it is to be broadcast: alpha is
 * broadcast by the backend's Tile first.
 *
 * @param own - the backend's Prelu
 * @param tile - the backend's Tile
 * @param onRun - called before each run
 */
export function preluWithWholeAlpha(own: tf.KernelConfig, tile: tf.KernelConfig, onRun: () => void): tf.KernelFunc {
  return ({ inputs, backend }) => {
    const { x, alpha } = inputs as { x: tf.TensorInfo; alpha: tf.TensorInfo };
    onRun();
    if (tf.util.arraysEqual(x.shape, alpha.shape)) return own.kernelFunc({ inputs, backend });
    const shape = [...x.shape.map(() => 1), ...alpha.shape].slice(-x.shape.length);
    const reps = x.shape.map((size, axis) => size / shape[axis]!);
    const whole = tile.kernelFunc({ inputs: { x: { ...alpha, shape } }, attrs: { reps }, backend }) as tf.TensorInfo;
    try {
      return own.kernelFunc({ inputs: { x, alpha: whole }, backend });
    } finally {
      (backend as tf.KernelBackend).disposeData(whole.dataId);
    }
  };
}
