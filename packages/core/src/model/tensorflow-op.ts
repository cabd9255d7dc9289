import * as tf from '@tensorflow/tfjs-core';
import { checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { checkTensor } from './check-tensor.ts';

/** What the operation uses of the backend of tfjs-node, whose package is not imported. */
interface NodeBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_FLOAT' | 'TF_INT32', number>;
  executeSingleOutput(name: string, attrs: unknown[], inputs: readonly tf.Tensor[]): tf.Tensor;
}

/** An operation of TensorFlow as far as it is used: the types of its inputs, attributes that are always the same, and numbers. */
interface Operation {
  inputs: readonly tf.DataType[];
  types: readonly [name: string, type: 'TF_FLOAT' | 'TF_INT32'][];
  flags: readonly string[];
  floats: readonly string[];
  integers: readonly string[];
}

const NONE = { types: [], flags: [], floats: [], integers: [] } as const;

/** By the names of https://www.tensorflow.org/api_docs/python/tf/raw_ops; flags are false. */
const OPERATIONS = {
  EuclideanNorm: {
    ...NONE,
    inputs: ['float32', 'int32'],
    types: [
      ['T', 'TF_FLOAT'],
      ['Tidx', 'TF_INT32'],
    ],
    flags: ['keep_dims'],
  },
  FakeQuantWithMinMaxArgs: {
    ...NONE,
    inputs: ['float32'],
    flags: ['narrow_range'],
    floats: ['min', 'max'],
    integers: ['num_bits'],
  },
  MulNoNan: { ...NONE, inputs: ['float32', 'float32'], types: [['T', 'TF_FLOAT']] },
} as const satisfies Record<string, Operation>;

/** An operation that {@link tensorflowOp} knows. */
export type TensorflowOpName = keyof typeof OPERATIONS;

/**
 * Runs an operation of TensorFlow that TensorFlow.js has no function for, where tfjs-node is the backend: one of these does what takes
 * several of TensorFlow.js, each of which is a run over a weight. Without a gradient.
 *
 * @example
 * const squares = tensorflowOp('MulNoNan', [x, x]); // null where the backend is not tfjs-node
 *
 * @param name - `EuclideanNorm` of x over the axes in a list, `FakeQuantWithMinMaxArgs` of x with the numbers `min`, `max` and `num_bits`,
 * or `MulNoNan`: x · y, and +0 where y is 0, whatever x is
 * @param inputs - float32, the axes int32; borrowed
 * @param numbers - the operation's attributes that are numbers, all of them
 * @returns its output, which the caller disposes; null on other backends
 * @throws TypeError or RangeError for another operation, other inputs or other numbers, on every backend
 */
export function tensorflowOp(
  name: TensorflowOpName,
  inputs: readonly tf.Tensor[],
  numbers: Readonly<Record<string, number>> = {},
): tf.Tensor | null {
  const fn = 'tensorflowOp';
  checkType(typeof name === 'string', `${fn}: name must be the name of an operation`, name);
  checkRange(Object.hasOwn(OPERATIONS, name), `${fn}: name must be one of ${Object.keys(OPERATIONS).join(', ')}`, name);
  const operation: Operation = OPERATIONS[name];
  const fits = Array.isArray(inputs) && inputs.length === operation.inputs.length;
  checkType(fits, `${fn}: inputs must be a list of ${operation.inputs.length} tensors`, inputs);
  for (const [i, dtype] of operation.inputs.entries()) checkTensor(fn, `inputs[${i}]`, inputs[i], dtype);
  const names = [...operation.floats, ...operation.integers];
  checkOptions(fn, numbers, names, 'numbers');
  for (const key of names) checkNumber(`${fn}: ${key} must be a finite number`, numbers[key], Number.isFinite);
  if (tf.getBackend() !== 'tensorflow') return null;
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const attributes = [
    ...operation.types.map(([key, type]) => ({ name: key, type: binding.TF_ATTR_TYPE, value: binding[type] })),
    ...operation.flags.map((key) => ({ name: key, type: binding.TF_ATTR_BOOL, value: false })),
    ...operation.floats.map((key) => ({ name: key, type: binding.TF_ATTR_FLOAT, value: numbers[key] })),
    ...operation.integers.map((key) => ({ name: key, type: binding.TF_ATTR_INT, value: numbers[key] })),
  ];
  return backend.executeSingleOutput(name, attributes, inputs);
}
