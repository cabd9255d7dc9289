import { checkRange } from '@weightkit/numerics/check';
import { checkWeight } from '../model/check-weight.ts';
import type { LayerLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';

/** A kernel, or a part of it, as a matrix: rows of what a layer is given are multiplied with it. */
export interface KernelProduct {
  /** The rows of the matrix. */
  inputs: number;
  /** The columns of the matrix. */
  outputs: number;
  /** The number of inputs after which groups of neighbors begin anew: the channels. */
  period: number;
  /** Where the entry of an input and an output stands in the kernel. */
  at(input: number, output: number): number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Axes `[...window, in, out]`, or columns of them. */
function columns(shape: readonly number[], from: number, to: number): KernelProduct {
  const all = shape[shape.length - 1]!;
  return {
    inputs: product(shape.slice(0, -1)),
    outputs: to - from,
    period: shape[shape.length - 2]!,
    at: (input, output) => input * all + from + output,
  };
}

const whole = (shape: readonly number[]): KernelProduct[] => [columns(shape, 0, shape[shape.length - 1]!)];

/** Axes `[...window, channels, multiplier]`: a matrix for each channel. */
function byChannel(shape: readonly number[]): KernelProduct[] {
  const [channels, outputs] = shape.slice(-2) as [number, number];
  const inputs = product(shape.slice(0, -2));
  return Array.from({ length: channels }, (_, c) => ({
    inputs,
    outputs,
    period: inputs,
    at: (input, output) => (input * channels + c) * outputs + output,
  }));
}

/** Axes `[...window, out, in]`. */
function transposed(shape: readonly number[]): KernelProduct[] {
  const [outputs, channels] = shape.slice(-2) as [number, number];
  return [
    {
      inputs: product(shape.slice(0, -2)) * channels,
      outputs,
      period: channels,
      at: (input, output) => {
        const place = Math.floor(input / channels);
        return (place * outputs + output) * channels + (input - place * channels);
      },
    },
  ];
}

/** A GRU's last gate sees the states times its second gate, the others the states. */
function ofGru(shape: readonly number[]): KernelProduct[] {
  const units = shape[0]!;
  return [columns(shape, 0, 2 * units), columns(shape, 2 * units, 3 * units)];
}

type Products = (shape: readonly number[]) => KernelProduct[];

const KERNELS: Readonly<Record<string, Readonly<Record<string, Products>>>> = {
  Dense: { kernel: whole },
  Conv1D: { kernel: whole },
  Conv2D: { kernel: whole },
  Conv3D: { kernel: whole },
  Conv2DTranspose: { kernel: transposed },
  Conv3DTranspose: { kernel: transposed },
  DepthwiseConv2D: { depthwiseKernel: byChannel },
  SeparableConv2D: { depthwiseKernel: byChannel, pointwiseKernel: whole },
  SimpleRNNCell: { kernel: whole, recurrentKernel: whole },
  LSTMCell: { kernel: whole, recurrentKernel: whole },
  GRUCell: { kernel: whole, recurrentKernel: ofGru },
  ConvLSTM2DCell: { kernel: whole, recurrentKernel: whole },
};

/** The layers with kernels for which {@link hasProducts} is true, in words. */
export const PRODUCT_LAYERS =
  'Dense, Conv1D, Conv2D, Conv3D, Conv2DTranspose, Conv3DTranspose, DepthwiseConv2D, SeparableConv2D, SimpleRNN, LSTM, GRU or ConvLSTM2D';

const productsBy = (layer: LayerLike | null, property: string | null): Products | undefined =>
  layer === null || property === null ? undefined : KERNELS[layer.getClassName()]?.[property];

/**
 * Whether it is a kernel that is known as products: of layers of class {@link PRODUCT_LAYERS}.
 *
 * @param weight - a weight from {@link weightsOf}
 */
export function hasProducts(weight: Weight): boolean {
  checkWeight('hasProducts', weight);
  return productsBy(weight.layer, weight.property) !== undefined;
}

/**
 * The matrices that a kernel consists of, each entry in one of them. Most kernels are one; a depthwise kernel is one for each channel, and
 * a GRU's `recurrentKernel` is two: of its last gate, which sees the states times another gate, and of the others. All of a kernel have
 * the same number of rows.
 *
 * @example
 * const [product] = kernelProducts(weightsOf(model, 'dense1/kernel')[0]);
 * console.log(product.inputs, product.outputs, product.at(1, 2)); // -> 10 8 10
 *
 * @param weight - a kernel for which {@link hasProducts} is true
 * @throws RangeError for another weight; TypeError for what is none
 */
export function kernelProducts(weight: Weight): KernelProduct[] {
  checkWeight('kernelProducts', weight);
  const products = productsBy(weight.layer, weight.property);
  checkRange(
    products !== undefined,
    `kernelProducts: weight must be a kernel of a layer of class ${PRODUCT_LAYERS}`,
    weight.path,
  );
  return products(weight.shape);
}
