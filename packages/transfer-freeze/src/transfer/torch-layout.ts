import type { Weight } from '@weightkit/core';
import { denseInputs, denseUnits, mapBefore, normalizedFeatures } from './feature-order.ts';

/** How a state dict of PyTorch holds one weight of a layer. */
export interface TorchLayout {
  /** Names below the module. Of several the weight is the sum. */
  readonly slots: readonly string[];
  /** The shape that each of them has there. */
  readonly shape: readonly number[];
  /** The same entries with more axes, of which `order` makes the layer's. */
  readonly view: readonly number[];
  /** Which axis of `view` stands at each place of the layer's shape; axes of the layer may stand for several of these. */
  readonly order: readonly number[];
}

/** A layer for which PyTorch has none that computes the same. */
export interface NoTorchLayout {
  /** Why. */
  readonly reason: string;
}

const asIs = (slot: string, shape: readonly number[]): TorchLayout => ({
  slots: [slot],
  shape,
  view: shape,
  order: shape.map((_, axis) => axis),
});

/** Entries for features that were flattened or become a map: channels first there. */
function features(slot: string, { layer, shape }: Weight): TorchLayout {
  if (shape.length !== 1) return asIs(slot, shape);
  const { there, order } = normalizedFeatures(layer!, shape[0]!);
  return { slots: [slot], shape, view: there, order };
}

/** Entries for features, or for a whole map. */
function normalization(slot: string, weight: Weight): TorchLayout {
  const { layer, shape } = weight;
  if (shape.length === 1) return features(slot, weight);
  const map = mapBefore(layer!);
  if (map === null || map.there.length !== shape.length) return asIs(slot, shape);
  const { there, order } = map;
  return { slots: [slot], shape: there, view: there, order };
}

function dense({ layer, shape }: Weight): TorchLayout {
  const [inputs, units] = shape as [number, number];
  const rows = denseInputs(layer!, inputs);
  const columns = denseUnits(layer!, units);
  return {
    slots: ['weight'],
    shape: [units, inputs],
    view: [...columns.there, ...rows.there],
    order: [...rows.order.map((axis) => axis + columns.there.length), ...columns.order],
  };
}

function denseBias({ layer, shape }: Weight): TorchLayout {
  const { there, order } = denseUnits(layer!, shape[0]!);
  return { slots: ['bias'], shape, view: there, order };
}

/** `[...spatial, in, out]` here and `[out, in, ...spatial]` there; transposed ones have both the other way round. */
function convolution(slot: string, { shape }: Weight): TorchLayout {
  const spatial = shape.slice(0, -2);
  const there = [shape[shape.length - 1]!, shape[shape.length - 2]!, ...spatial];
  return { slots: [slot], shape: there, view: there, order: [...spatial.map((_, i) => i + 2), 1, 0] };
}

/** `[...spatial, in, multiplier]` here, a grouped convolution of `[in * multiplier, 1, ...spatial]` there. */
function depthwise(slot: string, { shape }: Weight): TorchLayout {
  const spatial = shape.slice(0, -2);
  const [inputs, multiplier] = shape.slice(-2) as [number, number];
  return {
    slots: [slot],
    shape: [inputs * multiplier, 1, ...spatial],
    view: [inputs, multiplier, ...spatial],
    order: [...spatial.map((_, i) => i + 2), 0, 1],
  };
}

const transposed = (slot: string, { shape }: Weight): TorchLayout => {
  const there = [...shape].reverse();
  return { slots: [slot], shape: there, view: there, order: shape.map((_, axis) => shape.length - 1 - axis) };
};

type Rule = (weight: Weight) => TorchLayout;

/** Weight and bias of a layer that is one module. */
const plain = (kernel: Rule): Record<string, Rule> => ({ kernel, bias: ({ shape }) => asIs('bias', shape) });
const conv = plain((weight) => convolution('weight', weight));
const norm: Record<string, Rule> = {
  gamma: (weight) => normalization('weight', weight),
  beta: (weight) => normalization('bias', weight),
};

/** The gates of LSTM stand in the same order on both sides; PyTorch adds two biases. */
const recurrent: Record<string, Rule> = {
  kernel: (weight) => transposed('weight_ih', weight),
  recurrentKernel: (weight) => transposed('weight_hh', weight),
  bias: ({ shape }) => ({ ...asIs('bias_ih', shape), slots: ['bias_ih', 'bias_hh'] }),
};

const RULES: Readonly<Record<string, Record<string, Rule>>> = {
  Dense: { kernel: dense, bias: denseBias },
  Conv1D: conv,
  Conv2D: conv,
  Conv3D: conv,
  Conv2DTranspose: conv,
  Conv3DTranspose: conv,
  DepthwiseConv2D: {
    depthwiseKernel: (weight) => depthwise('weight', weight),
    bias: ({ shape }) => asIs('bias', shape),
  },
  SeparableConv2D: {
    depthwiseKernel: (weight) => depthwise('depthwise.weight', weight),
    pointwiseKernel: (weight) => convolution('pointwise.weight', weight),
    bias: ({ shape }) => asIs('pointwise.bias', shape),
  },
  BatchNormalization: {
    ...norm,
    movingMean: (weight) => features('running_mean', weight),
    movingVariance: (weight) => features('running_var', weight),
  },
  LayerNormalization: norm,
  Embedding: { embeddings: ({ shape }) => asIs('weight', shape) },
  SimpleRNNCell: recurrent,
  LSTMCell: recurrent,
};

/**
 * How PyTorch's state dict holds a weight of a layer.
 *
 * @param weight - of a built model
 */
export function torchLayout(weight: Weight): TorchLayout | NoTorchLayout {
  const kind = weight.layer?.getClassName() ?? 'no layer';
  if (kind === 'GRUCell')
    return {
      reason: "PyTorch's GRU multiplies by the reset gate after the recurrent product, TensorFlow.js before it",
    };
  const rule = weight.property === null ? undefined : RULES[kind]?.[weight.property];
  return rule ? rule(weight) : { reason: `no form of ${kind} in PyTorch is known` };
}
