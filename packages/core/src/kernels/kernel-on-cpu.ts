import * as tf from '@tensorflow/tfjs-core';

type Inputs = tf.NamedTensorInfoMap;

/** Copies a tensor's data from one backend to another; the copy is the caller's to dispose of on `to`. */
function copy(tensor: tf.TensorInfo, from: tf.KernelBackend, to: tf.KernelBackend): tf.TensorInfo {
  const { dataId, shape, dtype } = tensor;
  return { dataId: to.write(from.readSync(dataId), shape, dtype), shape, dtype };
}

/** The same inputs with `to` done to each tensor. Some kernels have lists of tensors as inputs, or optional ones. */
function mapInputs(inputs: Inputs, to: (tensor: tf.TensorInfo) => tf.TensorInfo): Inputs {
  const one = (input: unknown): unknown => {
    if (input === null || input === undefined) return input;
    return Array.isArray(input) ? input.map(one) : to(input as tf.TensorInfo);
  };
  if (Array.isArray(inputs)) return one(inputs) as Inputs;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, one(input)])) as Inputs;
}

/**
 * A kernel function for a backend in main memory that computes on the cpu backend: the inputs are copied there, `kernel` runs,
 * and its outputs are copied back. Nothing stays on the cpu backend, also when the kernel throws.
 *
 * @param kernel - the registration of a kernel of the cpu backend
 * @param onRun - called before each run
 */
export function kernelOnCpu(kernel: tf.KernelConfig, onRun: () => void): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const own = backend as tf.KernelBackend;
    const cpu = tf.findBackend('cpu');
    const held: tf.TensorInfo[] = [];
    const hold = (tensor: tf.TensorInfo) => {
      held.push(tensor);
      return tensor;
    };
    onRun();
    try {
      // Some kernels ask an input for its rank, which tensors have. An output with a rank would be taken for a tensor.
      const copies = mapInputs(inputs, (tensor) =>
        Object.assign(hold(copy(tensor, own, cpu)), { rank: tensor.shape.length }),
      );
      const result = kernel.kernelFunc({ inputs: copies, ...(attrs && { attrs }), backend: cpu });
      const outputs = (Array.isArray(result) ? result : [result]).map(hold).map((output) => copy(output, cpu, own));
      return Array.isArray(result) ? outputs : outputs[0]!;
    } finally {
      for (const { dataId } of held) cpu.disposeData(dataId);
    }
  };
}
