import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkOptions } from '@weightkit/numerics/check';
import { checkTensor } from './check-tensor.ts';

/** What this uses of the backends whose tensors lie in main memory. */
interface MainMemory extends tf.KernelBackend {
  /** wasm: a view of the memory that the tensor lies in. */
  typedArrayFromHeap?(tensor: tf.TensorInfo): tf.TypedArray;
  /** tfjs-node. */
  isUsingGpuDevice?: boolean;
}

/** Options of {@link valuesAtHand}. */
export interface AtHandOptions {
  /**
   * So many entries at most are read from tfjs-node: reading takes fresh memory, which for more of them costs more than a few operations.
   *
   * @defaultValue 2^14
   */
  most?: number | undefined;
}

function mainMemoryOf({ dataId }: tf.Tensor): { name: string; backend: MainMemory } | null {
  const backend: MainMemory | undefined = tf.engine().state.tensorInfo.get(dataId)?.backend;
  if (!backend || backend.isUsingGpuDevice) return null;
  const name = ['cpu', 'wasm', 'tensorflow'].find((candidate) => tf.findBackend(candidate) === backend);
  return name === undefined ? null : { name, backend };
}

/**
 * The values of a tensor where looking at them is cheap and waits for nothing: on cpu and wasm, whose tensors lie in the memory of the
 * process, and on tfjs-node without a GPU for up to `most` entries. There a loop over them may take the place of many operations, each of
 * which has a price of its own.
 *
 * @example
 * const values = valuesAtHand(tf.tensor1d([1, 2])); // Float32Array [1, 2], or null on a GPU
 *
 * @param x - a numeric tensor or one of bools, borrowed
 * @param options - how many entries are few enough for tfjs-node
 * @returns its values, not to be changed and good until the next operation only, for they may be a view of the tensor's memory; null
 * where they are not at hand
 * @throws TypeError when x is no such tensor, and for options that are none; RangeError when `most` is no integer of 0 or more
 */
export function valuesAtHand(x: tf.Tensor, options: AtHandOptions = {}): Float32Array | Int32Array | Uint8Array | null {
  checkTensor('valuesAtHand', 'x', x, 'float32', 'int32', 'bool');
  checkOptions('valuesAtHand', options, ['most']);
  const { most = 1 << 14 } = options;
  checkInteger('valuesAtHand', 'most', most, 0);
  const memory = mainMemoryOf(x);
  if (!memory || (memory.name === 'tensorflow' && x.size > most)) return null;
  const { backend } = memory;
  return (backend.typedArrayFromHeap?.(x) ?? backend.readSync(x.dataId)) as Float32Array | Int32Array | Uint8Array;
}

/** {@link sameData} without a gradient. */
function alias(x: tf.Tensor): tf.Tensor {
  const memory = x.dtype === 'complex64' || x.dtype === 'string' ? null : mainMemoryOf(x);
  if (!memory) return tf.clone(x);
  memory.backend.incRef(x.dataId);
  const { dataId, shape, dtype } = x;
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, memory.backend);
}

/**
 * A tensor of its own on the same data. `tf.clone` copies on wasm, and the gradient of a clone is a copy on wasm and an operation on
 * tfjs-node; this is neither, forward or backward.
 *
 * @example
 * const held = sameData(x); // no copy; stays what it is when a variable that it was made from is assigned
 * console.log(held.shape); // -> [ 64, 10 ]
 *
 * @param x - any tensor, borrowed
 * @returns a new tensor, which the caller disposes
 * @throws TypeError when x is no tensor
 */
export function sameData<T extends tf.Tensor>(x: T): T {
  checkTensor('sameData', 'x', x);
  if (!tf.engine().state.gradientDepth) return alias(x) as T;
  const same = tf.customGrad((given) => ({
    value: alias(given as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => sameData(dy),
  }));
  return same(x) as T;
}
