import * as tf from '@tensorflow/tfjs-core';
import { type ConvolutionAttrs, convolutionShape } from './convolution-shape.ts';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients.ts';
import { filterGradient } from './filter-gradient.ts';
import { type PoolShape, poolGradient } from './pool-gradient.ts';
import { type Resize, resizeGradient } from './resize-gradient.ts';
import { segmentSum } from './segment-sum.ts';

type Attrs = tf.NamedAttrMap | undefined;
type Pad = Parameters<typeof tf.backend_util.computePool2DInfo>[4];

/** A kernel that computes on values in main memory: of inputs and attributes, for an output of the shape of one input. */
interface HostKernel {
  /** The shape of the output, or the input that has it. */
  readonly like: string | ((attrs: Attrs, inputs: tf.NamedTensorInfoMap) => number[]);
  /** The inputs whose values it needs, in the order in which `compute` takes them. */
  readonly needs: readonly string[];
  /** Computes the values of the output. */
  compute(values: ArrayLike<number>[], inputs: tf.NamedTensorInfoMap, attrs: Attrs): ArrayLike<number>;
}

function imagePool(shape: readonly number[], attrs: Attrs): PoolShape {
  const { filterSize, strides, pad } = attrs as unknown as { filterSize: number; strides: number; pad: Pad };
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
  );
  const { top, left } = info.padInfo;
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: { inputs: 1, outputs: 1, size: 1, stride: 1, before: 0 },
    height: {
      inputs: info.inHeight,
      outputs: info.outHeight,
      size: info.filterHeight,
      stride: info.strideHeight,
      before: top,
    },
    width: {
      inputs: info.inWidth,
      outputs: info.outWidth,
      size: info.filterWidth,
      stride: info.strideWidth,
      before: left,
    },
  };
}

function volumePool(shape: readonly number[], attrs: Attrs): PoolShape {
  type Sizes = [number, number, number];
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: Sizes;
    strides: Sizes;
    pad: 'same' | 'valid';
    dimRoundingMode?: 'floor';
  };
  const dims = shape as [number, number, number, number, number];
  const info = tf.backend_util.computePool3DInfo(dims, filterSize, strides, 1, pad, dimRoundingMode);
  const { front, top, left } = info.padInfo;
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: {
      inputs: info.inDepth,
      outputs: info.outDepth,
      size: info.filterDepth,
      stride: info.strideDepth,
      before: front,
    },
    height: {
      inputs: info.inHeight,
      outputs: info.outHeight,
      size: info.filterHeight,
      stride: info.strideHeight,
      before: top,
    },
    width: {
      inputs: info.inWidth,
      outputs: info.outWidth,
      size: info.filterWidth,
      stride: info.strideWidth,
      before: left,
    },
  };
}

const average = (pool: typeof imagePool): HostKernel => ({
  like: 'input',
  needs: ['dy'],
  compute: ([dy], { input }, attrs) => poolGradient(dy!, null, pool(input!.shape, attrs)),
});

const maximum = (pool: typeof imagePool): HostKernel => ({
  like: 'input',
  needs: ['dy', 'input'],
  compute: ([dy, x], { input }, attrs) => poolGradient(dy!, x!, pool(input!.shape, attrs)),
});

const resize = (method: Resize['method']): HostKernel => ({
  like: 'images',
  needs: ['dy'],
  compute: ([values], { images, dy }, attrs) => {
    const { alignCorners = false, halfPixelCenters = false } = (attrs ?? {}) as Partial<Resize>;
    const [, height, width] = dy!.shape as [number, number, number, number];
    const shape = images!.shape as [number, number, number, number];
    return resizeGradient(values!, [height, width], shape, { method, alignCorners, halfPixelCenters });
  },
});

const convolutionOf = (attrs: Attrs): ConvolutionAttrs => attrs as unknown as ConvolutionAttrs;
const inputShapeOf = (attrs: Attrs): number[] => (attrs as unknown as { inputShape: number[] }).inputShape;
const segmentsOf = (attrs: Attrs): number => (attrs as unknown as { numSegments: number }).numSegments;

const KERNELS: Record<string, HostKernel> = {
  AvgPool3DGrad: average(volumePool),
  AvgPoolGrad: average(imagePool),
  Conv2DBackpropFilter: {
    like: (attrs) => convolutionOf(attrs).filterShape,
    needs: ['x', 'dy'],
    compute: ([x, dy], inputs, attrs) =>
      filterGradient(x!, dy!, convolutionShape(inputs.x!.shape, convolutionOf(attrs))),
  },
  DepthwiseConv2dNativeBackpropFilter: {
    like: (attrs) => convolutionOf(attrs).filterShape,
    needs: ['x', 'dy'],
    compute: ([x, dy], inputs, attrs) =>
      depthwiseFilterGradient(x!, dy!, convolutionShape(inputs.x!.shape, convolutionOf(attrs), true)),
  },
  DepthwiseConv2dNativeBackpropInput: {
    like: (attrs) => inputShapeOf(attrs),
    needs: ['dy', 'filter'],
    compute: ([dy, filter], inputs, attrs) => {
      const filterShape = inputs.filter!.shape as ConvolutionAttrs['filterShape'];
      const all = { ...convolutionOf(attrs), filterShape };
      return depthwiseInputGradient(dy!, filter!, convolutionShape(inputShapeOf(attrs), all, true));
    },
  },
  MaxPool3DGrad: maximum(volumePool),
  MaxPoolGrad: maximum(imagePool),
  ResizeBilinearGrad: resize('bilinear'),
  ResizeNearestNeighborGrad: resize('nearest'),
  UnsortedSegmentSum: {
    like: (attrs, { x }) => [segmentsOf(attrs), ...x!.shape.slice(1)],
    needs: ['x', 'segmentIds'],
    compute: ([x, ids], inputs, attrs) => {
      const after = (rank: number) => tf.util.sizeFromShape(inputs.x!.shape.slice(rank));
      return segmentSum(x!, ids!, segmentsOf(attrs), after(1), after(inputs.segmentIds!.shape.length));
    },
  },
};

/**
 * A kernel function of ours for a backend in main memory: the inputs are read, the output computed in float64 in plain
 * JavaScript, and written back as float32.
 *
 * @param name - the kernel
 * @param onRun - called before each run
 * @returns the function, or undefined where there is none of ours
 */
export function hostKernel(name: string, onRun: () => void): tf.KernelFunc | undefined {
  const kernel = KERNELS[name];
  if (kernel === undefined) return undefined;
  return ({ inputs, attrs, backend }) => {
    const own = backend as tf.KernelBackend;
    onRun();
    const values = kernel.needs.map((input) => own.readSync(inputs[input]!.dataId) as Float32Array);
    const shape = typeof kernel.like === 'string' ? inputs[kernel.like]!.shape : kernel.like(attrs, inputs);
    const output = new Float32Array(kernel.compute(values, inputs, attrs));
    return { dataId: own.write(output, shape, 'float32'), shape, dtype: 'float32' };
  };
}
