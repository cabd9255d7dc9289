import { ACTIVATIONS, type LayerLike } from '@weightkit/core';
import type { Piece } from './piecewise-moments.ts';

/** An activation by name, and as a function where it works on each number by itself. */
export interface Elementwise {
  name: string;
  f: ((x: number) => number) | null;
  /** Where it is straight in pieces, these. */
  pieces?: Piece[];
}

const piece = (from: number, slope: number, offset = 0): Piece => ({ from, slope, offset });
const below = (slope: number): Piece => piece(-Infinity, slope);

const PIECES: Readonly<Record<string, Piece[]>> = {
  hardSigmoid: [below(0), piece(-2.5, 0.2, 0.5), piece(2.5, 0, 1)],
  linear: [below(1)],
  relu: [below(0), piece(0, 1)],
  relu6: [below(0), piece(0, 1), piece(6, 0, 6)],
};

const byName = (name: string): Elementwise => {
  const known = name === 'gelu_new' ? 'geluNew' : name;
  const f = Object.hasOwn(ACTIVATIONS, known) ? ACTIVATIONS[known]! : null;
  return Object.hasOwn(PIECES, known) ? { name, f, pieces: PIECES[known]! } : { name, f };
};

type Config = Readonly<Record<string, unknown>>;

function reluOf(most: number): Elementwise {
  const pieces = [below(0), piece(0, 1), ...(most === Infinity ? [] : [piece(most, 0, most)])];
  return { name: 'relu', f: (x) => Math.min(Math.max(0, x), most), pieces };
}

function leakyOf(alpha: number): Elementwise {
  return { name: 'leakyRelu', f: (x) => (x > 0 ? x : alpha * x), pieces: [below(alpha), piece(0, 1)] };
}

function thresholdedOf(theta: number): Elementwise {
  return { name: 'thresholdedRelu', f: (x) => (x > theta ? x : 0), pieces: [below(0), piece(theta, 1)] };
}

/** max(0, x). */
export const RELU: Elementwise = byName('relu');

const LAYERS: Readonly<Record<string, (config: Config) => Elementwise>> = {
  Activation: ({ activation }) => byName(String(activation)),
  ELU: ({ alpha }) => ({ name: 'elu', f: (x) => (x > 0 ? x : Number(alpha ?? 1) * Math.expm1(x)) }),
  LeakyReLU: ({ alpha }) => leakyOf(Number(alpha ?? 0.3)),
  // Its slope below 0 is a weight.
  PReLU: () => ({ name: 'prelu', f: null }),
  ReLU: ({ maxValue }) => reluOf(Number(maxValue ?? Infinity)),
  Softmax: () => ({ name: 'softmax', f: null }),
  ThresholdedReLU: ({ theta }) => thresholdedOf(Number(theta ?? 1)),
};

/** What a layer was made with. */
export const configOf = (layer: LayerLike): Config => (layer as unknown as { getConfig(): Config }).getConfig();

/** The activation that a layer is, or undefined for a layer that is none. */
export function activationLayer(layer: LayerLike): Elementwise | undefined {
  const className = layer.getClassName();
  return Object.hasOwn(LAYERS, className) ? LAYERS[className]!(configOf(layer)) : undefined;
}

/** The activation that a dense or convolution layer ends with. */
export const ownActivation = (layer: LayerLike): Elementwise => byName(String(configOf(layer).activation ?? 'linear'));

export const isSoftmax = ({ name }: Elementwise): boolean => name === 'softmax' || name === 'logSoftmax';
