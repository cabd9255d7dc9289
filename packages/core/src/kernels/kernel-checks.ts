import * as tf from '@tensorflow/tfjs-core';

/** Values in row-major order, and their shape. */
interface Values {
  readonly shape: number[];
  readonly values: readonly number[];
}

/** One run of a kernel whose output is known in closed form. */
interface Check {
  readonly inputs: Readonly<Record<string, Values>>;
  readonly attrs?: object;
  readonly output: Values;
}

/** What may be wrong with a kernel, in words, and the runs that tell. */
interface Suspect {
  readonly why: string;
  readonly checks: readonly Check[];
}

const of = (shape: number[], ...values: number[]): Values => ({ shape, values });

/** 1, 2, 3, ..., so that no two entries can be mistaken for each other. */
const count = (shape: number[], from = 1): Values =>
  of(shape, ...Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i + from));

const plus = (shape: number[], a: Values, b: Values): Values => of(shape, ...a.values.map((v, i) => v + b.values[i]!));

const PADDED_AVERAGE = 'divides by the whole window where a part of it is padding';
const NEGATIVE_MAXIMUM = 'loses windows whose maximum is negative';

/** Two columns, windows of two, the second of which lies half in the padding: (dy₀ / 2, dy₀ / 2 + dy₁). */
const paddedAverage = (one: number[], sizes: number[]): Check => ({
  inputs: { dy: of([1, ...one, 2, 1], 6, 10), input: of([1, ...one, 2, 1], 1, 2) },
  attrs: { filterSize: sizes, strides: sizes.map(() => 1), pad: 'same' },
  output: of([1, ...one, 2, 1], 3, 13),
});

/** One window of `x` whose maximum is at `largest`, which gets all of dy. */
const maximumAt = (shape: number[], sizes: number[], x: number[], largest: number): Check => ({
  inputs: {
    dy: of(
      shape.map(() => 1),
      5,
    ),
    input: of(shape, ...x),
    output: of(
      shape.map(() => 1),
      x[largest]!,
    ),
  },
  attrs: { filterSize: sizes, strides: sizes, pad: 'valid' },
  output: of(shape, ...x.map((_, i) => (i === largest ? 5 : 0))),
});

/** A filter of two rows of depth, two of height, one column, two channels in and one out. */
const FILTER = count([2, 2, 1, 2, 1]);
const CONV3D = { strides: [2, 1, 1], pad: 'valid' };

/** Enlarges 2 × 1 images to 4 × 1, each row twice, two images in a batch. */
const enlarged = (alignCorners: boolean): Check => ({
  inputs: { dy: count([2, 4, 1, 1]), images: of([2, 2, 1, 1], 0, 0, 0, 0) },
  attrs: { alignCorners, halfPixelCenters: false },
  output: of([2, 2, 1, 1], 3, 7, 11, 15),
});

const SUSPECTS: Record<string, Suspect> = {
  AvgPool3DGrad: { why: PADDED_AVERAGE, checks: [paddedAverage([1, 1], [1, 1, 2])] },
  AvgPoolGrad: { why: PADDED_AVERAGE, checks: [paddedAverage([1], [1, 2])] },
  Conv3DBackpropFilterV2: {
    why: 'loses or moves contributions, at strides above 1 for one',
    checks: [
      {
        inputs: { x: count([1, 4, 2, 1, 2]), dy: of([1, 2, 1, 1, 1], 1, 1) },
        attrs: { ...CONV3D, filterShape: FILTER.shape },
        output: plus(FILTER.shape, count(FILTER.shape), count(FILTER.shape, 9)),
      },
    ],
  },
  Conv3DBackpropInputV2: {
    why: 'loses or moves contributions',
    checks: [
      {
        inputs: { dy: of([1, 2, 1, 1, 1], 1, 1), filter: FILTER },
        attrs: { ...CONV3D, inputShape: [1, 4, 2, 1, 2] },
        output: of([1, 4, 2, 1, 2], ...FILTER.values, ...FILTER.values),
      },
      {
        // Three windows of two, each moved by one: the middle entries belong to two.
        inputs: { dy: of([1, 1, 1, 3, 1], 1, 10, 100), filter: of([1, 1, 2, 1, 1], 2, 3) },
        attrs: { strides: [1, 1, 1], pad: 'valid', inputShape: [1, 1, 1, 4, 1] },
        output: of([1, 1, 1, 4, 1], 2, 23, 230, 300),
      },
    ],
  },
  Dilation2D: {
    why: NEGATIVE_MAXIMUM,
    checks: [
      {
        inputs: { x: of([1, 1, 2, 1], -3, -2), filter: of([1, 2, 1], 0, 0) },
        attrs: { strides: 1, pad: 'valid', dilations: 1 },
        output: of([1, 1, 1, 1], -2),
      },
    ],
  },
  Dilation2DBackpropFilter: {
    why: NEGATIVE_MAXIMUM,
    checks: [
      {
        inputs: { x: of([1, 1, 2, 1], -3, -2), filter: of([1, 2, 1], 0, 0), dy: of([1, 1, 1, 1], 5) },
        attrs: { strides: 1, pad: 'valid', dilations: 1 },
        output: of([1, 2, 1], 0, 5),
      },
    ],
  },
  Dilation2DBackpropInput: {
    why: NEGATIVE_MAXIMUM,
    checks: [
      {
        inputs: { x: of([1, 1, 2, 1], -3, -2), filter: of([1, 2, 1], 0, 0), dy: of([1, 1, 1, 1], 5) },
        attrs: { strides: 1, pad: 'valid', dilations: 1 },
        output: of([1, 1, 2, 1], 0, 5),
      },
    ],
  },
  MaxPool3D: {
    why: NEGATIVE_MAXIMUM,
    checks: [
      {
        inputs: { x: of([1, 1, 1, 2, 1], -3, -2) },
        attrs: { filterSize: [1, 1, 2], strides: [1, 1, 1], pad: 'valid', dataFormat: 'NDHWC' },
        output: of([1, 1, 1, 1, 1], -2),
      },
    ],
  },
  MaxPool3DGrad: {
    why: 'mistakes positions in windows that are not cubes, or loses windows whose maximum is negative',
    checks: [
      maximumAt([1, 1, 2, 3, 1], [1, 2, 3], [1, 2, 6, 5, 4, 3], 2),
      maximumAt([1, 1, 2, 3, 1], [1, 2, 3], [1, 2, 3, 6, 5, 4], 3),
      maximumAt([1, 1, 1, 2, 1], [1, 1, 2], [-3, -2], 1),
    ],
  },
  MaxPoolGrad: {
    why: NEGATIVE_MAXIMUM,
    checks: [maximumAt([1, 2, 3, 1], [2, 3], [1, 2, 6, 5, 4, 3], 2), maximumAt([1, 1, 2, 1], [1, 2], [-3, -2], 1)],
  },
  Prelu: {
    why: 'applies an alpha that is to be broadcast over the last axis in the wrong order',
    checks: [
      {
        inputs: { x: of([2, 2], -1, -1, -1, -1), alpha: of([2, 1], 3, 5) },
        output: of([2, 2], -3, -3, -5, -5),
      },
    ],
  },
  ResizeBilinearGrad: {
    why: 'takes height for width, or one image of the batch for another, or ignores halfPixelCenters',
    checks: [
      {
        // Three rows from two, rows aligned: the middle one is half of each.
        inputs: { dy: of([2, 3, 1, 1], 1, 2, 3, 4, 6, 8), images: of([2, 2, 1, 1], 0, 0, 0, 0) },
        attrs: { alignCorners: true, halfPixelCenters: false },
        output: of([2, 2, 1, 1], 2, 4, 7, 11),
      },
      {
        // One row from two, between their centres.
        inputs: { dy: of([1, 1, 1, 1], 6), images: of([1, 2, 1, 1], 0, 0) },
        attrs: { alignCorners: false, halfPixelCenters: true },
        output: of([1, 2, 1, 1], 3, 3),
      },
    ],
  },
  ResizeNearestNeighborGrad: {
    why: 'takes one image of the batch for another, or ignores halfPixelCenters',
    checks: [
      enlarged(false),
      {
        // One row from three: the one whose centre is in the middle.
        inputs: { dy: of([1, 1, 1, 1], 6), images: of([1, 3, 1, 1], 0, 0, 0) },
        attrs: { alignCorners: false, halfPixelCenters: true },
        output: of([1, 3, 1, 1], 0, 6, 0),
      },
    ],
  },
};

/** Whether a run of a kernel gives the output. A kernel that throws says so itself: it is not wrong. */
function passes({ kernelFunc }: tf.KernelConfig, backend: tf.KernelBackend, { inputs, attrs, output }: Check): boolean {
  const held: object[] = [];
  const write = ({ shape, values }: Values): tf.TensorInfo => {
    const dataId = backend.write(Float32Array.from(values), shape, 'float32');
    held.push(dataId);
    // Some kernels ask for the rank, which tensors have and a TensorInfo need not have.
    return { dataId, shape, dtype: 'float32', rank: shape.length } as tf.TensorInfo;
  };
  try {
    const given = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, write(values)]));
    const got = kernelFunc({ inputs: given, attrs: { ...attrs } as tf.NamedAttrMap, backend }) as tf.TensorInfo;
    held.push(got.dataId);
    const values = backend.readSync(got.dataId) as Float32Array;
    // Small integers and their halves throughout: exact in float32.
    return tf.util.arraysEqual(got.shape, output.shape) && output.values.every((value, i) => values[i] === value);
  } catch {
    return true;
  } finally {
    for (const dataId of held) backend.disposeData(dataId);
  }
}

/**
 * What is wrong with a kernel of a backend in main memory, found by running it on a few numbers of which the output is known.
 *
 * @param kernel - the kernel's registration
 * @param backend - the backend
 * @returns what is wrong, in words; null where nothing is, or where no check is known
 */
export function faultOf(kernel: tf.KernelConfig, backend: tf.KernelBackend): string | null {
  const suspect = SUSPECTS[kernel.kernelName];
  if (suspect === undefined) return null;
  return suspect.checks.every((check) => passes(kernel, backend, check)) ? null : suspect.why;
}

/** Whether checks are known for a kernel. */
export const hasChecks = (kernelName: string): boolean => Object.hasOwn(SUSPECTS, kernelName);
