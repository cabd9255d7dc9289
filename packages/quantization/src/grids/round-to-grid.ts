import * as tf from '@tensorflow/tfjs-core';

/** What the kernel uses of the webgpu backend, whose package is not imported. */
interface ProgramRunner {
  runWebGPUProgram(
    program: object,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms: { type: 'float32'; data: number[] }[],
  ): tf.TensorInfo;
}

const KERNEL = 'WeightkitRoundToGrid';
const THREADS = 64;

// The backend's own clamp and round leave NaN to the device, so it is passed on here.
const MAIN = `
fn main(index : i32) {
  if (index < uniforms.size) {
    let scale = Scale[0];
    let zero = Zero[0];
    let base = Base[0];
    let code = round((X[index] - base) / scale + zero);
    let value = (clamp(code, 0.0, uniforms.levels) - zero) * scale + base;
    result[index] = select(value, uniforms.NAN, isnan(code));
  }
}`;

/** The program as the backend takes it: main runs once for each entry, and the key stands for its text. */
const program = (shape: number[]) => ({
  variableNames: ['X', 'Scale', 'Zero', 'Base'],
  uniforms: 'levels : f32,',
  outputShape: shape,
  workgroupSize: [THREADS, 1, 1],
  dispatchLayout: { x: shape.map((_, axis) => axis) },
  dispatch: [Math.ceil(tf.util.sizeFromShape(shape) / THREADS), 1, 1],
  size: true,
  shaderKey: KERNEL,
  getUserCode: () => MAIN,
});

const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, scale, zero, base } = inputs as Record<'x' | 'scale' | 'zero' | 'base', tf.TensorInfo>;
  const uniforms = [{ type: 'float32' as const, data: [attrs?.levels as number] }];
  return (backend as ProgramRunner).runWebGPUProgram(program(x.shape), [x, scale, zero, base], 'float32', uniforms);
};

/** An evenly spaced grid on the device: code q of 0..levels stands for (q − zero) · scale + base. */
export interface DeviceGrid {
  /** Scalar. */
  scale: tf.Tensor;
  /** Scalar. */
  zero: tf.Tensor;
  /** Scalar. */
  base: tf.Tensor;
  /** The last code. */
  levels: number;
}

/** {@link roundToGrid} by operations that every backend has. */
export function composedRound(x: tf.Tensor, { scale, zero, base, levels }: DeviceGrid): tf.Tensor {
  const codes = tf.clipByValue(tf.round(tf.add(tf.div(tf.sub(x, base), scale), zero)), 0, levels);
  return tf.add(tf.mul(tf.sub(codes, zero), scale), base);
}

/**
 * Each entry's nearest value on the grid. On webgpu one kernel of ours, registered at its first use, elsewhere eight operations.
 * Without a gradient: for use within a customGrad.
 *
 * @param x - float32, not empty
 */
export function roundToGrid(x: tf.Tensor, grid: DeviceGrid): tf.Tensor {
  if (tf.getBackend() !== 'webgpu') return tf.tidy(() => composedRound(x, grid));
  if (tf.getKernel(KERNEL, 'webgpu') === undefined)
    tf.registerKernel({ kernelName: KERNEL, backendName: 'webgpu', kernelFunc });
  const { scale, zero, base, levels } = grid;
  return tf.engine().runKernel(KERNEL, { x, scale, zero, base }, { levels });
}
