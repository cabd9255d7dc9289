import {
  glorotNormal,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  normal,
  orthogonal,
  torchDefault,
  uniform,
  zeros,
} from '@weightkit/initializers';
import type { Curve } from './curves.ts';

/** A dense layer: how many numbers it reads and how many it gives. */
export interface Layer {
  inputs: number;
  units: number;
}

/** A way to start the weights of a layer. */
export interface LawEntry {
  /** Where the documents have it. */
  from: string;
  /** The activation that its document gives it. */
  activation: 'relu' | 'tanh' | 'selu';
  /** The initializer; of those that look at data the one that they begin with. */
  start: (layer: Layer) => Initializer;
  /** What looks at data afterwards. */
  looks?: 'lsuv' | 'dataDependent';
  /** Biases as PyTorch starts them; 0 otherwise. */
  biases?: 'torch';
  /** What its values look like. */
  curve: (layer: Layer) => Curve;
}

/** The law of an entry of an orthogonal matrix. */
const column = ({ inputs, units }: Layer, radius: number): Curve => ({
  kind: 'sphere',
  dimensions: Math.max(inputs, units),
  radius,
});

// #region starts
/** The initializers; of LSUV and the data-dependent start what they begin with, before they look at data. */
const STARTS = {
  Zero: () => zeros(),
  'Random, 0.05': () => normal({ std: 0.05 }),
  'U(−1, 1)': () => uniform({ min: -1, max: 1 }),
  'N(0, 1)': () => normal({ std: 1 }),
  'Xavier, √(1/n)': ({ inputs }) => normal({ std: Math.sqrt(1 / inputs) }),
  'Xavier, √(2/(in + out))': () => glorotNormal(),
  He: () => heNormal(),
  'He, uniform': () => heUniform(),
  LeCun: () => lecunNormal(),
  'PyTorch’s default': () => torchDefault(),
  Orthogonal: () => orthogonal(),
  LSUV: () => orthogonal(),
  'Data-dependent': () => normal(),
} as const satisfies Record<string, (layer: Layer) => Initializer>;
// #endregion

/** Where a law is from and what its values look like. */
export const LAWS = {
  Zero: { from: 'slide 3', activation: 'relu', curve: () => ({ kind: 'point' }) },
  'Random, 0.05': {
    from: 'slide 4',
    activation: 'relu',
    curve: () => ({ kind: 'normal', std: 0.05 }),
  },
  'U(−1, 1)': {
    from: 'XOR notebook',
    activation: 'relu',
    curve: () => ({ kind: 'uniform', limit: 1 }),
  },
  'N(0, 1)': {
    from: 'slide 1',
    activation: 'relu',
    curve: () => ({ kind: 'normal', std: 1 }),
  },
  'Xavier, √(1/n)': {
    from: 'slide 1',
    activation: 'tanh',
    curve: ({ inputs }) => ({ kind: 'normal', std: Math.sqrt(1 / inputs) }),
  },
  'Xavier, √(2/(in + out))': {
    from: 'slide 5, XOR notebook',
    activation: 'tanh',
    curve: ({ inputs, units }) => ({ kind: 'truncated', std: Math.sqrt(2 / (inputs + units)) }),
  },
  He: {
    from: 'slide 6',
    activation: 'relu',
    curve: ({ inputs }) => ({ kind: 'truncated', std: Math.sqrt(2 / inputs) }),
  },
  'He, uniform': {
    from: 'weights slide 2',
    activation: 'relu',
    biases: 'torch',
    curve: ({ inputs }) => ({ kind: 'uniform', limit: Math.sqrt(6 / inputs) }),
  },
  LeCun: {
    from: 'slide 14, “self-normalizing”',
    activation: 'selu',
    curve: ({ inputs }) => ({ kind: 'truncated', std: Math.sqrt(1 / inputs) }),
  },
  'PyTorch’s default': {
    from: 'XOR notebook',
    activation: 'relu',
    biases: 'torch',
    curve: ({ inputs }) => ({ kind: 'uniform', limit: Math.sqrt(1 / inputs) }),
  },
  Orthogonal: {
    from: 'slide 7',
    activation: 'tanh',
    curve: (layer) => column(layer, 1),
  },
  LSUV: {
    from: 'slide 8',
    activation: 'relu',
    looks: 'lsuv',
    curve: (layer) => column(layer, Math.sqrt(Math.max(layer.inputs, layer.units) / layer.inputs)),
  },
  'Data-dependent': {
    from: 'slide 14',
    activation: 'relu',
    looks: 'dataDependent',
    curve: ({ inputs }) => ({ kind: 'sphere', dimensions: inputs, radius: 1 }),
  },
} as const satisfies Record<keyof typeof STARTS, Omit<LawEntry, 'start'>>;
export type LawName = keyof typeof LAWS;
export const LAW_NAMES = Object.keys(LAWS) as LawName[];
/** All about a law. */
export const entryOf = (law: LawName): LawEntry => ({ ...LAWS[law], start: STARTS[law] });
