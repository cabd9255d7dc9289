import type { Fans, LayerLike } from '@weightkit/core';
import { type ActivationMoments, activationMoments } from '../gains/activation-moments.ts';
import { activationLayer, type Elementwise, isSoftmax, ownActivation } from './signal-activation.ts';
import type { SignalNode } from './signal-trace.ts';

/** What is known of a layer's weights. */
export interface WeightSquares {
  /** Of each kernel that the input goes through: standard deviation, mean square, and fans with strides counted. */
  kernels: { std: number; square: number; fans: Fans }[];
  /** Mean and mean square of the bias; 0 without one. */
  bias: { mean: number; square: number };
}

/** Mean and mean square of an affine layer's factors and offsets over its channels. */
export interface Affine {
  factor: { mean: number; square: number };
  offset: { mean: number; square: number };
  /** Mean of factor times offset. */
  product: number;
}

/** Everything that the prediction takes from weights. */
export interface Knowledge {
  linear: ReadonlyMap<LayerLike, WeightSquares>;
  affine: ReadonlyMap<LayerLike, Affine>;
  /** Whether moments in the trace are of real data. */
  measured: boolean;
  /** Mean square that an input is taken to have where no data are given. */
  inputSquare: number;
}

/** Moments of a tensor over its units. */
export interface Field {
  mean: number;
  square: number;
  /** E f'² since the last layer with weights; null where no layer or an unknown one came before. */
  slope: number | null;
}

/** What the theory says of one call of a layer. */
export interface Prediction {
  /** Of the output; null where a layer before has no rule. */
  out: Field | null;
  /** Before a linear layer's activation. */
  variance: number | null;
  /** χ1: by how much the square of a small change grows from the last pre-activation to this one. */
  chi: number | null;
  /** E f'² of the layer's activation. */
  slope: number | null;
  /** Mean square of a projection's gradient at the output. */
  gradient: number | null;
}

const KEPT = new Set([
  'AlphaDropout',
  'Dropout',
  'Flatten',
  'GaussianDropout',
  'GaussianNoise',
  'Masking',
  'Permute',
  'RepeatVector',
  'Reshape',
  'SpatialDropout1D',
  'UpSampling2D',
]);
const isMaximum = (className: string): boolean => /^(Global)?MaxPooling/.test(className);
const isAverage = (className: string): boolean => /^(Global)?AveragePooling/.test(className);

const nameOf = ({ layer }: SignalNode): string => layer?.getClassName() ?? '';

function through({ f }: Elementwise, { mean, square }: Omit<Field, 'slope'>): ActivationMoments | null {
  return f && activationMoments(f, mean, Math.max(0, square - mean * mean));
}

function throughLinear(node: SignalNode, x: Field | null, { kernels, bias }: WeightSquares): Prediction {
  const activation = ownActivation(node.layer!);
  // Softmax at an output is not part of the signal.
  const bare = activation.name === 'linear' || (node.isOutput && isSoftmax(activation));
  if (!x) return { out: null, variance: null, chi: null, slope: bare ? 1 : null, gradient: null };
  const growth = kernels.reduce((product, { square, fans }) => product * square * fans.fanIn, 1);
  const z = { mean: bias.mean, square: growth * x.square + bias.square };
  const y = through(activation, z);
  return {
    out: y && { mean: y.mean, square: y.square, slope: y.slope },
    variance: z.square - z.mean ** 2,
    chi: x.slope === null ? null : growth * x.slope,
    slope: bare ? 1 : (y?.slope ?? null),
    gradient: null,
  };
}

function sum(fields: readonly Field[]): Field {
  const mean = fields.reduce((total, field) => total + field.mean, 0);
  const variance = fields.reduce((total, field) => total + field.square - field.mean ** 2, 0);
  // Small changes are counted anew from here.
  return { mean, square: variance + mean * mean, slope: 1 };
}

function joined(nodes: readonly SignalNode[], fields: readonly Field[]): Field {
  const total = nodes.reduce((size, node) => size + node.size, 0);
  const average = (of: (field: Field) => number): number =>
    fields.reduce((result, field, i) => result + (of(field) * nodes[i]!.size) / total, 0);
  const known = fields.every(({ slope }) => slope !== null);
  return {
    mean: average(({ mean }) => mean),
    square: average(({ square }) => square),
    slope: known ? average(({ slope }) => slope!) : null,
  };
}

function throughOther(node: SignalNode, inputs: readonly (Field | null)[], known: Knowledge): Prediction {
  const className = nameOf(node);
  const result = (out: Field | null, slope: number | null = null): Prediction => ({
    out,
    variance: null,
    chi: null,
    slope,
    gradient: null,
  });
  const measured = known.measured ? { mean: node.values[0]!, square: node.values[1]!, slope: null } : null;
  const [x] = inputs;
  if (className === '') return result(measured ?? { mean: 0, square: known.inputSquare, slope: null });
  if (inputs.some((field) => !field)) return result(measured);
  const fields = inputs as Field[];
  if (KEPT.has(className)) return result(x!);
  if (className === 'Add') return result(sum(fields));
  if (className === 'Concatenate') return result(joined(node.inputs, fields));
  const activation = activationLayer(node.layer!);
  if (activation) {
    const y = through(activation, x!);
    if (!y) return result(measured, node.isOutput && isSoftmax(activation) ? 1 : null);
    return result({ mean: y.mean, square: y.square, slope: x!.slope === null ? null : x!.slope * y.slope }, y.slope);
  }
  const affine = known.affine.get(node.layer!);
  if (affine) {
    const { factor, offset, product } = affine;
    const square = factor.square * x!.square + 2 * product * x!.mean + offset.square;
    const slope = x!.slope === null ? null : x!.slope * factor.square;
    return result({ mean: factor.mean * x!.mean + offset.mean, square, slope }, factor.square);
  }
  // The largest of some values moves as one of them does.
  return result(measured && { ...measured, slope: isMaximum(className) ? x!.slope : null });
}

/** What one number of a gradient at the output adds to the mean square of the gradient at an input; null without a rule. */
function passedBack(node: SignalNode, input: SignalNode, { slope }: Prediction, known: Knowledge): number | null {
  const className = nameOf(node);
  const weights = node.layer && known.linear.get(node.layer);
  if (weights) {
    const growth = weights.kernels.reduce((product, { square, fans }) => product * square * fans.fanOut, 1);
    return slope === null ? null : slope * growth;
  }
  if (KEPT.has(className) || isMaximum(className)) return node.size / input.size;
  if (isAverage(className)) return (node.size / input.size) ** 2;
  return className === 'Add' || className === 'Concatenate' ? 1 : slope;
}

/**
 * Mean-field theory of a network at its start (Poole et al. 2016, https://arxiv.org/abs/1606.05340; Schoenholz et al. 2017,
 * https://arxiv.org/abs/1611.01232): moments forward, E z² = fanIn E w² E x² + E b² and x = f(z) for normal z; gradients
 * backward, E δ_x² = fanOut E w² E f'(z)² E δ_y².
 */
export function predict(nodes: readonly SignalNode[], known: Knowledge): Map<SignalNode, Prediction> {
  const found = new Map<SignalNode, Prediction>();
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => found.get(input)!.out);
    const weights = node.layer && known.linear.get(node.layer);
    found.set(node, weights ? throughLinear(node, inputs[0]!, weights) : throughOther(node, inputs, known));
  }
  const gradients = new Map<SignalNode, number | null>(nodes.map((node) => [node, node.isOutput ? 1 : 0]));
  for (const node of [...nodes].reverse()) {
    const own = found.get(node)!;
    own.gradient = gradients.get(node)!;
    for (const input of node.inputs) {
      const [back, before] = [passedBack(node, input, own, known), gradients.get(input)!];
      gradients.set(
        input,
        back === null || own.gradient === null || before === null ? null : before + own.gradient * back,
      );
    }
  }
  return found;
}
