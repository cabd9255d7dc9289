import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { hostKernel } from './host-kernels.ts';
import { faultOf, hasChecks } from './kernel-checks.ts';
import { kernelOnCpu } from './kernel-on-cpu.ts';
import { preluWithWholeAlpha } from './prelu-with-whole-alpha.ts';
import { gradientsToRegister } from './stock-gradients.ts';
import { kernelBeneath, swapGradient, swapKernel } from './swap-kernel.ts';

/** Options of {@link fillMissingKernels}. */
export interface FillMissingKernelsOptions {
  /**
   * Names of the kernels to fill, test and replace, each a kernel of the cpu backend that computes with real tensors.
   *
   * @defaultValue the 17 kernels that only gradients run (of convolutions, pooling, embedding, resizing and dilation) and
   * `Cumsum`, `Dilation2D`, `MaxPool3D` and `Prelu`, which TensorFlow.js 4.22 has wrong somewhere
   */
  kernels?: readonly string[] | undefined;
}

/** A kernel that a backend had and that gave wrong values. */
export interface ReplacedKernel {
  /** Its name. */
  readonly kernel: string;
  /** What was wrong with it. */
  readonly why: string;
}

/** What {@link fillMissingKernels} did. */
export interface FilledKernels {
  /** The backend that was filled. */
  readonly backend: string;
  /** Kernels that the backend lacked and that now run on the cpu backend, sorted. */
  readonly filled: readonly string[];
  /** Kernels that the backend has itself, and that were left alone, sorted. */
  readonly present: readonly string[];
  /** Kernels that the backend had, that failed a check, and that were replaced, sorted by name. */
  readonly replaced: readonly ReplacedKernel[];
  /** Kernels whose gradient function was missing or wrong and is now ours, on every backend, sorted. */
  readonly gradients: readonly string[];
  /** How often a filled or replaced kernel has run until `restore`, of this call or of one that overlaps it: 0 means that nothing needed it. */
  readonly runs: number;
  /**
   * Takes all of it out again, in any order with other calls, whose kernels stay; a registration by others that replaced one since is
   * left alone. Once: later calls do nothing.
   */
  restore(): void;
}

/** Kernels that only gradients run, and those that stock backends have wrong. */
const KERNELS = [
  'AvgPool3DGrad',
  'AvgPoolGrad',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
  'Cumsum',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Dilation2D',
  'Dilation2DBackpropFilter',
  'Dilation2DBackpropInput',
  'EluGrad',
  'LRNGrad',
  'MaxPool3D',
  'MaxPool3DGrad',
  'MaxPoolGrad',
  'Prelu',
  'ResizeBilinearGrad',
  'ResizeNearestNeighborGrad',
  'UnsortedSegmentSum',
];

/** Backends whose tensors are in main memory, where reading one does not wait for a device. */
const IN_MAIN_MEMORY = ['cpu', 'wasm', 'tensorflow'];

/** Kernels of complex tensors, which a backend without them cannot hold, and of a canvas. */
const UNFILLABLE = ['Complex', 'ComplexAbs', 'Draw', 'FFT', 'IFFT', 'Imag', 'Real'];

function checkKernels(kernels: readonly string[] | undefined): readonly string[] {
  if (kernels === undefined) return KERNELS;
  checkType(Array.isArray(kernels), 'fillMissingKernels: kernels must be a list of names', kernels);
  for (const name of kernels) {
    checkType(typeof name === 'string', 'fillMissingKernels: kernels must be names', name);
    checkRange(!UNFILLABLE.includes(name), 'fillMissingKernels: kernels must compute with real tensors', name);
  }
  return [...new Set(kernels)].sort();
}

/** How often kernels of ours have run, by backend and name: of several calls for one backend, only one's kernel runs. */
const RUNS = new Map<string, { count: number }>();

function runsOf(kernelName: string, backend: string): { count: number } {
  const key = `${backend}/${kernelName}`;
  const runs = RUNS.get(key) ?? { count: 0 };
  RUNS.set(key, runs);
  return runs;
}

/** What a kernel calls when it runs. */
function counter(kernelName: string, backend: string): () => void {
  const runs = runsOf(kernelName, backend);
  return () => {
    runs.count++;
  };
}

/** The cpu backend's kernel, to run in place of one of `backend`. */
function onCpu(kernelName: string, backend: string, onRun: () => void): tf.KernelConfig {
  checkType(
    tf.findBackendFactory('cpu') !== null,
    "fillMissingKernels: the cpu backend must be registered (import '@tensorflow/tfjs-backend-cpu')",
    null,
  );
  const kernel = tf.getKernel(kernelName, 'cpu');
  checkRange(kernel !== undefined, 'fillMissingKernels: kernels must be among those of the cpu backend', kernelName);
  return { kernelName, backendName: backend, kernelFunc: kernelOnCpu(kernel, onRun) };
}

/** The registrations to make for missing kernels. Refuses whatever would fail later, in the middle of a step. */
function fill(backend: string, missing: string[]): tf.KernelConfig[] {
  if (missing.length === 0) return [];
  checkRange(
    IN_MAIN_MEMORY.includes(backend),
    `fillMissingKernels: backend without ${missing.join(', ')} must keep its tensors in main memory (wasm, tensorflow)`,
    backend,
  );
  return missing.map((kernelName) => {
    const onRun = counter(kernelName, backend);
    const kernelFunc = hostKernel(kernelName, onRun);
    return kernelFunc ? { kernelName, backendName: backend, kernelFunc } : onCpu(kernelName, backend, onRun);
  });
}

/**
 * A kernel's replacement: ours, or its own with whole inputs, or the cpu backend's. It keeps the set-up of the one it replaces,
 * which restore() puts back.
 */
function replacement(own: tf.KernelConfig): tf.KernelConfig {
  const { kernelName, backendName } = own;
  const onRun = counter(kernelName, backendName);
  const tile = tf.getKernel('Tile', backendName);
  const kernelFunc =
    hostKernel(kernelName, onRun) ??
    (kernelName === 'Prelu' && tile
      ? preluWithWholeAlpha(own, tile, onRun)
      : onCpu(kernelName, backendName, onRun).kernelFunc);
  return { ...own, kernelFunc };
}

/** The kernels of a backend in main memory that give wrong values, and what to register in their place. */
function replace(name: string, present: string[]): (ReplacedKernel & { ours: tf.KernelConfig })[] {
  const suspects = present.filter(hasChecks);
  if (suspects.length === 0 || !IN_MAIN_MEMORY.includes(name)) return [];
  const backend = tf.findBackend(name);
  checkType(
    backend !== null,
    `fillMissingKernels: backend must be started (await tf.setBackend('${name}') first)`,
    name,
  );
  return suspects.flatMap((kernel) => {
    const own = kernelBeneath(kernel, name)!;
    const why = faultOf(own, backend);
    return why === null ? [] : [{ kernel, why, ours: replacement(own) }];
  });
}

/**
 * Gives a backend the kernels that it lacks and the cpu backend has, and replaces those that it has and that are wrong, so that
 * every layer trains on it, with the right gradients.
 *
 * - The wasm backend of TensorFlow.js 4.22 lacks four: `Conv2DBackpropFilter`, `DepthwiseConv2dNativeBackpropFilter`,
 *   `DepthwiseConv2dNativeBackpropInput` and `UnsortedSegmentSum` (the gradient of Embedding). They are filled with plain JavaScript
 *   of ours: those of convolutions, with the bits of the cpu backend's, are several times as fast, the filter's gradient of a
 *   depthwise one some fifty times and that of an embedding of 1,000 words thousands of times. {@link fastKernels} makes those of
 *   convolutions faster still.
 * - What is present is run on a few numbers of which the output is known. Stock has wrong kernels on wasm (`MaxPoolGrad`,
 *   `MaxPool3D` and others lose windows of negative numbers, the gradients of Conv3D lose terms) and on cpu too (average pooling
 *   with padding, resizing); `replaced` names them. They are replaced by plain JavaScript of ours or by the cpu backend's. A
 *   backend on a device (webgpu, webgl) cannot be read in the middle of a program, so nothing is tested there.
 * - Conv3DTranspose has no gradient in stock, and that of `cumsum` has its axes in the wrong order: both get one of ours, which
 *   holds on every backend.
 *
 * A backend on a device that lacks one of `kernels` is refused: its tensors cannot be read in the middle of a step.
 *
 * @example
 * await tf.setBackend('wasm');
 * const { filled, replaced, restore } = fillMissingKernels();
 * await model.fit(x, y); // convolutions train
 *
 * @param backend - name of a registered backend; the current one when left out
 * @param options - see {@link FillMissingKernelsOptions}
 * @returns which kernels were filled, which were replaced and why, which were there, and the way back
 * @throws RangeError for a backend on a device, a kernel that the cpu backend lacks, or one of complex tensors
 * @throws TypeError for a backend that is not registered or not started, or when the cpu backend is needed and not registered
 */
export function fillMissingKernels(
  backend: string = tf.getBackend(),
  options: FillMissingKernelsOptions = {},
): FilledKernels {
  checkOptions('fillMissingKernels', options, ['kernels']);
  const known = typeof backend === 'string' && tf.findBackendFactory(backend) !== null;
  checkType(known, 'fillMissingKernels: backend must be registered (await tf.ready() first)', backend);
  const kernels = checkKernels(options.kernels);
  const missing = kernels.filter((name) => kernelBeneath(name, backend) === undefined);
  const there = kernels.filter((name) => !missing.includes(name));
  const fills = fill(backend, missing);
  const replacements = replace(backend, there);
  const gradients = gradientsToRegister(kernels);
  const ours = [...fills, ...replacements.map(({ ours }) => ours)];
  const counts = ours.map(({ kernelName }) => runsOf(kernelName, backend));
  const total = () => counts.reduce((sum, { count }) => sum + count, 0);
  const before = total();
  let after: number | undefined;
  const back = [...ours.map((kernel) => swapKernel(kernel, { under: true })), ...gradients.map(swapGradient)];
  const replaced = replacements.map(({ kernel, why }) => ({ kernel, why }));
  return {
    backend,
    filled: missing,
    present: there.filter((name) => !replaced.some(({ kernel }) => kernel === name)),
    replaced,
    gradients: gradients.map(({ kernelName }) => kernelName),
    get runs() {
      return (after ?? total()) - before;
    },
    restore() {
      after ??= total();
      for (const undo of back.splice(0)) undo();
    },
  };
}
