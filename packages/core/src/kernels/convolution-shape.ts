import * as tf from '@tensorflow/tfjs-core';
import type { FilterShape } from './filter-gradient.ts';

/** The attributes of the kernels that are gradients of a convolution of images. */
export interface ConvolutionAttrs {
  filterShape: [number, number, number, number];
  strides: number | [number, number];
  pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  /** What depthwise convolutions have none of: their channels are last. */
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** What a convolution of images of a shape goes over, or a depthwise one. */
export function convolutionShape(shape: readonly number[], attrs: ConvolutionAttrs, depthwise = false): FilterShape {
  const { filterShape, strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attrs;
  const { computeConv2DInfo, convertConv2DDataFormat } = tf.backend_util;
  const format = convertConv2DDataFormat(dataFormat);
  const size = shape as [number, number, number, number];
  const info = computeConv2DInfo(size, filterShape, strides, 1, pad, dimRoundingMode, depthwise, format);
  const stridesOf = (sizes: readonly number[]): [number, number, number, number] => {
    const [first, second, third] = tf.util.computeStrides([...sizes]) as [number, number, number];
    return format === 'channelsLast' ? [first, second, third, 1] : [first, third, 1, second];
  };
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    rows: {
      inputs: info.inHeight,
      outputs: info.outHeight,
      size: info.filterHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    },
    columns: {
      inputs: info.inWidth,
      outputs: info.outWidth,
      size: info.filterWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    },
    xStrides: stridesOf(info.inShape),
    dyStrides: stridesOf(info.outShape),
  };
}
