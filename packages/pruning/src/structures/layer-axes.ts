import type { Weight } from '@weightkit/core';

/** What the axes of a weight are in its layer. */
export interface LayerAxes {
  /** The axes whose indices, row by row, are the units that the layer gives out; null where it is none of them. */
  output: readonly number[] | null;
  /** The axes whose indices, row by row, are the sums that entries are added up to; of an embedding the columns that are looked up. */
  sums: readonly number[];
  /** How often the units stand on the last axis: once for each gate of a recurrent layer. */
  gates: number;
  /** The axis that reads what the layer is given; null where none does. */
  input: number | null;
  /** How many neighbors on the input axis read one input: the depth multiplier of a separable convolution. */
  perInput: number;
  /** The axis along which products are summed; null where none is, as in a depthwise convolution. */
  summed: number | null;
}

const GATES: Readonly<Record<string, number>> = { SimpleRNNCell: 1, GRUCell: 3, LSTMCell: 4, ConvLSTM2DCell: 4 };
const PLAIN = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', ...Object.keys(GATES)]);
const TRANSPOSED = new Set(['Conv2DTranspose', 'Conv3DTranspose']);
const SEPARABLE = new Set(['SeparableConv2D', 'SeparableConv1D']);

const axesBy: Readonly<Record<string, (layer: string, rank: number, perInput: number) => LayerAxes | undefined>> = {
  kernel: (layer, rank) => {
    const [output, input] = TRANSPOSED.has(layer) ? [rank - 2, rank - 1] : [rank - 1, rank - 2];
    if (!PLAIN.has(layer) && !TRANSPOSED.has(layer)) return undefined;
    return { output: [output], sums: [output], gates: GATES[layer] ?? 1, input, perInput: 1, summed: input };
  },
  recurrentKernel: (layer, rank) =>
    layer in GATES
      ? { output: [rank - 1], sums: [rank - 1], gates: GATES[layer]!, input: null, perInput: 1, summed: rank - 2 }
      : undefined,
  depthwiseKernel: (layer, rank) => ({
    output: layer === 'DepthwiseConv2D' ? [rank - 2, rank - 1] : null,
    sums: [rank - 2, rank - 1],
    gates: 1,
    input: rank - 2,
    perInput: 1,
    summed: null,
  }),
  pointwiseKernel: (layer, rank, perInput) =>
    SEPARABLE.has(layer)
      ? { output: [rank - 1], sums: [rank - 1], gates: 1, input: rank - 2, perInput, summed: rank - 2 }
      : undefined,
  embeddings: (_, rank) => ({ output: [rank - 1], sums: [rank - 1], gates: 1, input: null, perInput: 1, summed: null }),
};

/**
 * How a layer of tfjs reads the axes of a kernel: undefined for a weight that is no kernel, and for classes that are not known,
 * which are never guessed.
 */
export function layerAxes({ layer, property, shape }: Weight): LayerAxes | undefined {
  if (layer === null || property === null || shape.length < 2) return undefined;
  const perInput = (layer as { depthMultiplier?: number }).depthMultiplier ?? 1;
  return axesBy[property]?.(layer.getClassName(), shape.length, perInput);
}
