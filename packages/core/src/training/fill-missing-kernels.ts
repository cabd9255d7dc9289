import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { kernelOnCpu } from './kernel-on-cpu.ts';

/** Options of {@link fillMissingKernels}. */
export interface FillMissingKernelsOptions {
  /**
   * Names of the kernels to fill, each a kernel of the cpu backend that computes with real tensors.
   *
   * @defaultValue the 17 kernels that only gradients run: of convolutions, pooling, embedding, resizing and dilation
   */
  kernels?: readonly string[] | undefined;
}

/** What {@link fillMissingKernels} did. */
export interface FilledKernels {
  /** The backend that was filled. */
  readonly backend: string;
  /** Kernels that the backend lacked and that now run on the cpu backend, sorted. */
  readonly filled: readonly string[];
  /** Kernels that the backend has itself, and that were left alone, sorted. */
  readonly present: readonly string[];
  /** How often a filled kernel has run: 0 means that nothing needed it. */
  readonly runs: number;
  /** Takes the filled kernels out again; a registration that replaced one since is left alone. Once: later calls do nothing. */
  restore(): void;
}

/** Kernels that only gradients run. */
const GRADIENT_KERNELS = [
  'AvgPool3DGrad',
  'AvgPoolGrad',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Dilation2DBackpropFilter',
  'Dilation2DBackpropInput',
  'EluGrad',
  'LRNGrad',
  'MaxPool3DGrad',
  'MaxPoolGrad',
  'ResizeBilinearGrad',
  'ResizeNearestNeighborGrad',
  'UnsortedSegmentSum',
];

/** Backends whose tensors are in main memory, where reading one does not wait for a device. */
const IN_MAIN_MEMORY = ['cpu', 'wasm', 'tensorflow'];

/** Kernels of complex tensors, which a backend without them cannot hold, and of a canvas. */
const UNFILLABLE = ['Complex', 'ComplexAbs', 'Draw', 'FFT', 'IFFT', 'Imag', 'Real'];

function checkKernels(kernels: readonly string[] | undefined): readonly string[] {
  if (kernels === undefined) return GRADIENT_KERNELS;
  checkType(Array.isArray(kernels), 'fillMissingKernels: kernels must be a list of names', kernels);
  for (const name of kernels) {
    checkType(typeof name === 'string', 'fillMissingKernels: kernels must be names', name);
    checkRange(!UNFILLABLE.includes(name), 'fillMissingKernels: kernels must compute with real tensors', name);
  }
  return [...new Set(kernels)].sort();
}

/** The registrations to make. Refuses whatever would fail later, in the middle of a step. */
function plan(backend: string, missing: string[], onRun: () => void): tf.KernelConfig[] {
  if (missing.length === 0) return [];
  checkRange(
    IN_MAIN_MEMORY.includes(backend),
    `fillMissingKernels: backend without ${missing.join(', ')} must keep its tensors in main memory (wasm, tensorflow)`,
    backend,
  );
  checkType(
    tf.findBackendFactory('cpu') !== null,
    "fillMissingKernels: the cpu backend must be registered (import '@tensorflow/tfjs-backend-cpu')",
    null,
  );
  return missing.map((kernelName) => {
    const kernel = tf.getKernel(kernelName, 'cpu');
    checkRange(kernel !== undefined, 'fillMissingKernels: kernels must be among those of the cpu backend', kernelName);
    return { kernelName, backendName: backend, kernelFunc: kernelOnCpu(kernel, onRun) };
  });
}

/**
 * Gives a backend the kernels that it lacks and the cpu backend has, so that every layer trains on it. The wasm backend of
 * TensorFlow.js 4.22 needs four: `Conv2DBackpropFilter`, `DepthwiseConv2dNativeBackpropFilter`,
 * `DepthwiseConv2dNativeBackpropInput` and `UnsortedSegmentSum` (the gradient of Embedding).
 *
 * A filled kernel copies its inputs to the cpu backend, computes there in plain JavaScript, and copies the result back: it is as
 * slow as the cpu backend, and the two copies come on top. Everything else still runs on the backend itself.
 *
 * Where nothing is missing (cpu, tfjs-node, webgpu) nothing is done. A backend on a device (webgpu, webgl) that does lack one of
 * `kernels` is refused: its tensors cannot be read in the middle of a step.
 *
 * @example
 * await tf.setBackend('wasm');
 * const { filled, restore } = fillMissingKernels();
 * await model.fit(x, y); // convolutions train
 *
 * @param backend - name of a registered backend; the current one when left out
 * @param options - see {@link FillMissingKernelsOptions}
 * @returns which kernels were filled and which were there, and the way back
 * @throws RangeError for a backend on a device, a kernel that the cpu backend lacks, or one of complex tensors
 * @throws TypeError for a backend that is not registered, or when one is missing and the cpu backend is not registered
 */
export function fillMissingKernels(
  backend: string = tf.getBackend(),
  options: FillMissingKernelsOptions = {},
): FilledKernels {
  checkOptions('fillMissingKernels', options, ['kernels']);
  const known = typeof backend === 'string' && tf.findBackendFactory(backend) !== null;
  checkType(known, 'fillMissingKernels: backend must be registered (await tf.ready() first)', backend);
  const kernels = checkKernels(options.kernels);
  const missing = kernels.filter((name) => tf.getKernel(name, backend) === undefined);
  let runs = 0;
  const made = plan(backend, missing, () => {
    runs++;
  });
  for (const kernel of made) tf.registerKernel(kernel);
  return {
    backend,
    filled: missing,
    present: kernels.filter((name) => !missing.includes(name)),
    get runs() {
      return runs;
    },
    restore() {
      for (const { kernelName, kernelFunc } of made.splice(0))
        if (tf.getKernel(kernelName, backend)?.kernelFunc === kernelFunc) tf.unregisterKernel(kernelName, backend);
    },
  };
}
