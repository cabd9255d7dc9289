import * as tf from '@tensorflow/tfjs-core';
import { type ConvolutionAttrs, convolutionShape } from './convolution-shape.ts';
import type { FilterShape } from './filter-gradient.ts';
import { addPatches, lineLength, linesOf, writePatches } from './image-patches.ts';

/** The kernels of a backend that the fast ones are made of. */
export interface Parts {
  /** The product of matrices, quick where none is transposed. */
  readonly product: tf.KernelFunc;
  readonly transpose: tf.KernelFunc;
}

/** Numbers in patches, and places, that are worked on at a time: what a processor's cache holds. */
const ROOM = { numbers: 2 ** 18, places: 2 ** 12 };

type Call = Parameters<tf.KernelFunc>[0];

/** A tensor of the caller's. */
const written = (backend: tf.KernelBackend, values: Float32Array, shape: number[]): tf.TensorInfo => ({
  dataId: backend.write(values, shape, 'float32'),
  shape,
  dtype: 'float32',
});

/** Runs kernels of a backend, and frees what they made but for what is taken out. */
class Run {
  readonly backend: tf.KernelBackend;
  readonly #parts: Parts;
  readonly #held: tf.TensorInfo[] = [];

  constructor(backend: unknown, parts: Parts) {
    this.backend = backend as tf.KernelBackend;
    this.#parts = parts;
  }

  hold(values: Float32Array, shape: number[]): tf.TensorInfo {
    const tensor = written(this.backend, values, shape);
    this.#held.push(tensor);
    return tensor;
  }

  transpose(x: tf.TensorInfo): tf.TensorInfo {
    const perm = x.shape.map((_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return this.#run(this.#parts.transpose, { x }, { perm });
  }

  product(a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
    return this.#run(this.#parts.product, { a, b }, { transposeA: false, transposeB: false });
  }

  values({ dataId }: tf.TensorInfo): Float32Array {
    return this.backend.readSync(dataId) as Float32Array;
  }

  /** Frees all but one. */
  free(but?: tf.TensorInfo): void {
    for (const { dataId } of this.#held.splice(0)) if (dataId !== but?.dataId) this.backend.disposeData(dataId);
  }

  #run(kernel: tf.KernelFunc, inputs: Record<string, tf.TensorInfo>, attrs: object): tf.TensorInfo {
    const call = { inputs, attrs: attrs as tf.NamedAttrMap, backend: this.backend };
    const output = kernel(call) as tf.TensorInfo;
    this.#held.push(output);
    return output;
  }
}

const isEmpty = ({ shape }: tf.TensorInfo): boolean => tf.util.sizeFromShape(shape) === 0;

function productShape(a: tf.TensorInfo, b: tf.TensorInfo, transposeA = false, transposeB = false): number[] {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
}

/** A product of matrices that transposes first, where the backend's own is slow. */
export const transposedProduct =
  (parts: Parts, onRun: () => void): tf.KernelFunc =>
  (call: Call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    // The quick product of no terms is what lies in memory.
    if (isFloat && (isEmpty(a) || isEmpty(b))) {
      const shape = productShape(a, b, transposeA, transposeB);
      return written(call.backend as tf.KernelBackend, new Float32Array(tf.util.sizeFromShape(shape)), shape);
    }
    if (!isFloat || !(transposeA || transposeB)) return parts.product(call);
    onRun();
    const run = new Run(call.backend, parts);
    let product: tf.TensorInfo | undefined;
    try {
      product = run.product(transposeA ? run.transpose(a) : a, transposeB ? run.transpose(b) : b);
      return product;
    } finally {
      run.free(product);
    }
  };

/** Calls with the first line of places of each part, and how many it has. */
function forEachPart(shape: FilterShape, visit: (from: number, lines: number) => void): void {
  const all = linesOf(shape);
  const most = Math.min(ROOM.numbers / lineLength(shape), ROOM.places / shape.columns.outputs);
  const step = Math.max(1, Math.floor(most));
  for (let from = 0; from < all; from += step) visit(from, Math.min(step, all - from));
}

const filterSize = ({ rows, columns, inChannels }: FilterShape): number => rows.size * columns.size * inChannels;

/** The gradient of the output at some lines of places, a row a place. */
function outputRows(dy: Float32Array, shape: FilterShape, from: number, lines: number): [Float32Array, number[]] {
  const { outChannels, columns } = shape;
  const size = columns.outputs * outChannels;
  return [dy.subarray(from * size, (from + lines) * size), [lines * columns.outputs, outChannels]];
}

/**
 * The gradient of a convolution for its filter as a product of matrices: patches of the images, transposed, times the gradient of the
 * output.
 *
 * @param other - the kernel for images with channels first
 */
export const filterGradientByProduct =
  (parts: Parts, other: tf.KernelFunc, onRun: () => void): tf.KernelFunc =>
  (call: Call) => {
    const { x, dy } = call.inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const attrs = call.attrs as unknown as ConvolutionAttrs;
    if (attrs.dataFormat === 'NCHW') return other(call);
    onRun();
    const shape = convolutionShape(x.shape, attrs);
    const run = new Run(call.backend, parts);
    const [images, gradient] = [run.values(x), run.values(dy)];
    const sum = new Float32Array(filterSize(shape) * shape.outChannels);
    forEachPart(shape, (from, lines) => {
      const patches = new Float32Array(lines * lineLength(shape));
      writePatches(images, shape, from, patches);
      try {
        const seen = run.hold(patches, [lines * shape.columns.outputs, filterSize(shape)]);
        const part = run.product(run.transpose(seen), run.hold(...outputRows(gradient, shape, from, lines)));
        for (const [i, value] of run.values(part).entries()) sum[i]! += value;
      } finally {
        run.free();
      }
    });
    return written(run.backend, sum, attrs.filterShape);
  };

/**
 * The gradient of a convolution for its input as a product of matrices: the gradient of the output times the filter, transposed, is
 * what each place of the filter passes back, and is added up where the places overlap.
 *
 * @param other - the kernel for images with channels first
 */
export const inputGradientByProduct =
  (parts: Parts, other: tf.KernelFunc, onRun: () => void): tf.KernelFunc =>
  (call: Call) => {
    const { dy, filter } = call.inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
    const attrs = call.attrs as unknown as ConvolutionAttrs & { inputShape: number[] };
    if (attrs.dataFormat === 'NCHW') return other(call);
    onRun();
    const filterShape = filter.shape as ConvolutionAttrs['filterShape'];
    const shape = convolutionShape(attrs.inputShape, { ...attrs, filterShape });
    const run = new Run(call.backend, parts);
    const gradient = run.values(dy);
    const dx = new Float32Array(tf.util.sizeFromShape(attrs.inputShape));
    const flat = new Run(call.backend, parts);
    try {
      const passed = flat.transpose({ ...filter, shape: [filterSize(shape), shape.outChannels] });
      forEachPart(shape, (from, lines) => {
        try {
          const part = run.product(run.hold(...outputRows(gradient, shape, from, lines)), passed);
          addPatches(run.values(part), shape, from, dx);
        } finally {
          run.free();
        }
      });
    } finally {
      flat.free();
    }
    return written(run.backend, dx, attrs.inputShape);
  };
