import type { LayerLike } from '@weightkit/core';
import { ACTIVATIONS } from '../gains/activations.ts';

/** An activation by name, and as a function where it works on each number by itself. */
export interface Elementwise {
  name: string;
  f: ((x: number) => number) | null;
}

const byName = (name: string): Elementwise => {
  const known = name === 'gelu_new' ? 'geluNew' : name;
  return { name, f: Object.hasOwn(ACTIVATIONS, known) ? ACTIVATIONS[known]! : null };
};

type Config = Readonly<Record<string, unknown>>;

const LAYERS: Readonly<Record<string, (config: Config) => Elementwise>> = {
  Activation: ({ activation }) => byName(String(activation)),
  ELU: ({ alpha }) => ({ name: 'elu', f: (x) => (x > 0 ? x : Number(alpha ?? 1) * Math.expm1(x)) }),
  LeakyReLU: ({ alpha }) => ({ name: 'leakyRelu', f: (x) => (x > 0 ? x : Number(alpha ?? 0.3) * x) }),
  ReLU: ({ maxValue }) => ({ name: 'relu', f: (x) => Math.min(Math.max(0, x), Number(maxValue ?? Infinity)) }),
  Softmax: () => ({ name: 'softmax', f: null }),
  ThresholdedReLU: ({ theta }) => ({ name: 'thresholdedRelu', f: (x) => (x > Number(theta ?? 1) ? x : 0) }),
};

const configOf = (layer: LayerLike): Config => (layer as unknown as { getConfig(): Config }).getConfig();

/** The activation that a layer is, or undefined for a layer that is none. */
export function activationLayer(layer: LayerLike): Elementwise | undefined {
  const className = layer.getClassName();
  return Object.hasOwn(LAYERS, className) ? LAYERS[className]!(configOf(layer)) : undefined;
}

/** The activation that a dense or convolution layer ends with. */
export const ownActivation = (layer: LayerLike): Elementwise => byName(String(configOf(layer).activation ?? 'linear'));

export const isSoftmax = ({ name }: Elementwise): boolean => name === 'softmax' || name === 'logSoftmax';
