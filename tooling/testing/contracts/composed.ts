import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { type Pruning, prune } from '@weightkit/pruning';
import { fakeQuantize } from '@weightkit/quantization';
import { type Frozen, freeze, lora } from '@weightkit/transfer-freeze';
import { constrain, normalizeWeight, spectralNorm, spectralNormalize, weightNorm } from '@weightkit/weightnorm';

/** What can be put on a weight. */
export type Kind = 'mask' | 'fake quantization' | 'weight norm' | 'spectral norm' | 'constraint' | 'freeze' | 'adapter';

/** One of them in place. */
export interface Placed {
  kind: Kind;
  /** What the layer computes with, of what lies below; by the pure functions. */
  apply(below: tf.Tensor): tf.Tensor;
  fold(): void;
  restore(): void;
  pruning?: Pruning;
  frozen?: Frozen;
  /** Lengths of units. */
  g?: tf.Variable;
  /** What an adapter lies beside. */
  base?: tf.Variable;
}

/** Codes of this many bits: few enough values that a grid cannot be met by chance. */
export const BITS = 3;
/** The longest unit that a constraint leaves. */
export const LONGEST = 0.75;
const quantized = (w: tf.Tensor) => fakeQuantize(w, { bits: BITS });

/** Puts each kind on the weight at a path. */
export const PLACE: Readonly<Record<Kind, (model: tf.LayersModel, path: string) => Promise<Placed>>> = {
  async mask(model, path) {
    const pruning = await prune(model, { sparsity: 0.5, filter: path });
    const mask = pruning.masks[path]!;
    const apply = (w: tf.Tensor) => tf.where(mask, w, tf.zerosLike(w));
    return { kind: 'mask', pruning, apply, fold: () => pruning.fold(), restore: () => pruning.restore() };
  },
  async 'fake quantization'(model, path) {
    const handle = parametrize(weightsOf(model, path)[0]!, { forward: quantized, kind: 'fakeQuantization' });
    return { kind: 'fake quantization', apply: quantized, fold: () => handle.fold(), restore: () => handle.restore() };
  },
  async 'weight norm'(model, path) {
    const handle = weightNorm(weightsOf(model, path)[0]!);
    const g = handle.variables.g!;
    return {
      kind: 'weight norm',
      g,
      apply: (v) => normalizeWeight(v, g),
      fold: () => handle.fold(),
      restore: () => handle.restore(),
    };
  },
  async 'spectral norm'(model, path) {
    const handle = spectralNorm(weightsOf(model, path)[0]!, { iterations: 20 });
    return {
      kind: 'spectral norm',
      apply: (w) => spectralNormalize(w, handle.vectors),
      fold: () => handle.fold(),
      restore: () => handle.restore(),
    };
  },
  async constraint(model, path) {
    const handle = await constrain(model, [{ filter: path, constraint: 'maxNorm', maxValue: LONGEST }]);
    const { fold, restore } = handle;
    return { kind: 'constraint', apply: (w) => tf.clone(w), fold, restore };
  },
  async freeze(model, path) {
    const frozen = await freeze(model, path);
    const end = () => frozen.unfreeze();
    return { kind: 'freeze', frozen, apply: (w) => tf.clone(w), fold: end, restore: end };
  },
  async adapter(model, path) {
    const present = new Set(parametrizationsOf(model));
    const adapters = lora(model, { rank: 2, filter: path, train: (weight) => weight.path !== path });
    const { raw, variables } = parametrizationsOf(model).find((one) => !present.has(one))!;
    const { loraA, loraB } = variables;
    return {
      kind: 'adapter',
      base: raw,
      apply: (w) => tf.add(w, tf.matMul(loraA as tf.Tensor2D, loraB as tf.Tensor2D)),
      fold: () => adapters.merge(),
      restore: () => adapters.remove(),
    };
  },
};

/** The largest singular value of a kernel with a column for each unit, by a hundred steps in float64. */
export function sigmaOf(kernel: Float32Array, units: number): number {
  const rows = Array.from({ length: kernel.length / units }, (_, r) => kernel.slice(r * units, (r + 1) * units));
  let u = Array.from({ length: units }, (_, i) => Math.cos(1 + i * i));
  let sigma = 0;
  for (let step = 0; step < 100; step++) {
    const v = rows.map((row) => u.reduce((sum, x, c) => sum + x * row[c]!, 0));
    const next = u.map((_, c) => v.reduce((sum, x, r) => sum + x * rows[r]![c]!, 0));
    sigma = Math.hypot(...v) / Math.hypot(...u);
    u = next.map((x) => x / Math.hypot(...next));
  }
  return sigma;
}
