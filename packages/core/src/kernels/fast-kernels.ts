import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { filterGradientByProduct, inputGradientByProduct, type Parts, transposedProduct } from './fast-products.ts';
import { hostKernel } from './host-kernels.ts';
import { swapKernel } from './swap-kernel.ts';

/** What {@link fastKernels} did. */
export interface FastKernels {
  /** The backend. */
  readonly backend: string;
  /** The kernels that are ours now, sorted; none on a backend other than wasm, where they would win nothing. */
  readonly kernels: readonly string[];
  /** How often ours have run. */
  readonly runs: number;
  /** Takes them out again; a registration that replaced one since is left alone. Once: later calls do nothing. */
  restore(): void;
}

function fastOnes(backendName: string, onRun: () => void): tf.KernelConfig[] {
  const own = (name: string) => tf.getKernel(name, backendName);
  const parts: Parts = { product: own('BatchMatMul')!.kernelFunc, transpose: own('Transpose')!.kernelFunc };
  const filter = own('Conv2DBackpropFilter')?.kernelFunc ?? hostKernel('Conv2DBackpropFilter', onRun)!;
  const input = own('Conv2DBackpropInput')!.kernelFunc;
  const made: Record<string, tf.KernelFunc> = {
    BatchMatMul: transposedProduct(parts, onRun),
    Conv2DBackpropFilter: filterGradientByProduct(parts, filter, onRun),
    Conv2DBackpropInput: inputGradientByProduct(parts, input, onRun),
  };
  return Object.entries(made).map(([kernelName, kernelFunc]) => ({
    ...own(kernelName),
    kernelName,
    backendName,
    kernelFunc,
  }));
}

/**
 * Makes training on the wasm backend quick. Stock TensorFlow.js 4.22 multiplies matrices by SIMD there, except where one is
 * transposed, as in every gradient of a dense layer, and computes the gradients of convolutions place by place or not at all.
 * Three kernels take the quick product instead: `BatchMatMul` transposes first, and `Conv2DBackpropFilter` and
 * `Conv2DBackpropInput` multiply patches of the images (im2col). The
 * [table](https://github.com/weightkit/weightkit/blob/main/benchmarks/WASM.md) has what a step takes then.
 *
 * Sums are in float32 in another order than stock's, so gradients agree to rounding and not bit for bit. Call it before or after
 * {@link fillMissingKernels}, which fills what else wasm lacks. On other backends it does nothing.
 *
 * @example
 * await tf.setBackend('wasm');
 * const { restore } = fastKernels();
 * await model.fit(x, y);
 *
 * @param backend - name of a registered backend; the current one when left out
 * @returns which kernels are ours now, and the way back
 * @throws TypeError for a backend that is not registered
 */
export function fastKernels(backend: string = tf.getBackend()): FastKernels {
  const known = typeof backend === 'string' && tf.findBackendFactory(backend) !== null;
  checkType(known, 'fastKernels: backend must be registered (await tf.ready() first)', backend);
  let runs = 0;
  const onRun = () => {
    runs++;
  };
  const ours = backend === 'wasm' ? fastOnes(backend, onRun) : [];
  const back = ours.map((kernel) => swapKernel(kernel));
  return {
    backend,
    kernels: ours.map(({ kernelName }) => kernelName),
    get runs() {
      return runs;
    },
    restore() {
      for (const undo of back.splice(0)) undo();
    },
  };
}
