import { type Fans, fans, type Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';

/** A framework whose exact law an initializer is to have. */
export type Compat = 'tfjs' | 'keras' | 'torch';

/** What a framework makes of variance scaling. */
export interface Convention {
  /** Modes that it has. */
  modes: readonly string[];
  /** Distributions that it has, its default first. */
  distributions: readonly string[];
  /** What the normal that is truncated has its standard deviation divided by. */
  cut: number;
  fansOf(law: string, shape: readonly number[]): Fans;
  fansOfWeight(law: string, weight: Weight): Fans;
}

/** Standard deviation of a standard normal cut off at ±2. */
export const CUT = 0.8796256610342398;

const MODES = ['fanIn', 'fanOut', 'fanAvg'];

/** TensorFlow.js 4.22 knows no fans but of rank 2 to 5: elsewhere both are the root of the number of entries. */
function tfjsFans(_: string, shape: readonly number[]): Fans {
  if (shape.length >= 2 && shape.length <= 5) return fans(shape);
  const root = Math.sqrt(shape.reduce((a, b) => a * b, 1));
  return { fanIn: root, fanOut: root };
}

function torchFans(law: string, shape: readonly number[]): Fans {
  checkRange(shape.length >= 2, `${law}: shape must have rank 2 or more with compat torch`, shape);
  return fans(shape);
}

/** PyTorch's weight is [out, in / groups, ...window], its embedding [entries, dimensions] is not turned round. */
function torchFansOfWeight(law: string, weight: Weight): Fans {
  const { fanIn, fanOut } = torchFans(law, weight.shape);
  if (weight.property === 'depthwiseKernel') {
    const window = weight.shape.slice(0, -2).reduce((a, b) => a * b, 1);
    return { fanIn: window, fanOut: weight.shape.at(-2)! * fanOut };
  }
  return weight.property === 'embeddings' ? { fanIn: fanOut, fanOut: fanIn } : { fanIn, fanOut };
}

/** The conventions; Keras and TensorFlow.js read every weight as a plain kernel. */
export const CONVENTIONS: Readonly<Record<Compat, Convention>> = {
  tfjs: {
    modes: MODES,
    distributions: ['truncatedNormal', 'uniform'],
    cut: 1,
    fansOf: tfjsFans,
    fansOfWeight: (law, { shape }) => tfjsFans(law, shape),
  },
  keras: {
    modes: MODES,
    distributions: ['truncatedNormal', 'normal', 'uniform'],
    cut: CUT,
    fansOf: (_, shape) => fans(shape),
    fansOfWeight: (_, { shape }) => fans(shape),
  },
  torch: {
    modes: MODES,
    distributions: ['normal', 'uniform'],
    cut: CUT,
    fansOf: torchFans,
    fansOfWeight: torchFansOfWeight,
  },
};

/** Throws unless compat is left out or a framework that is known. */
export function checkCompat(law: string, compat: unknown): asserts compat is Compat | undefined {
  const known = Object.keys(CONVENTIONS);
  checkRange(
    compat === undefined || known.includes(compat as string),
    `${law}: compat must be ${known.join(', ')}`,
    compat,
  );
}
