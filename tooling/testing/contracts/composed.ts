import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { type Pruning, prune } from '@weightkit/pruning';
import { fakeQuantize } from '@weightkit/quantization';
import {
  type Adapters,
  type AdaptersOptions,
  bottleneck,
  dora,
  type Frozen,
  type FrozenEntries,
  freeze,
  freezeEntries,
  ia3,
  lora,
  pissa,
  vera,
} from '@weightkit/transfer-freeze';
import { constrain, normalizeWeight, spectralNorm, spectralNormalize, weightNorm } from '@weightkit/weightnorm';

/** What can be put on a weight. */
export type Kind =
  | 'mask'
  | 'fake quantization'
  | 'weight norm'
  | 'spectral norm'
  | 'constraint'
  | 'freeze'
  | 'frozen entries'
  | (typeof ADAPTERS)[number]
  | 'bottleneck';

/** Kinds that train beside a weight which stands still, by what the layer computes with. */
export const ADAPTERS = ['LoRA', 'rsLoRA', 'DoRA', 'PiSSA', '(IA)³', 'VeRA'] as const;

/** The same for each of them. */
export const ofAdapters = <T>(value: T) =>
  Object.fromEntries(ADAPTERS.map((kind) => [kind, value])) as Record<(typeof ADAPTERS)[number], T>;

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
  /** Which entries stand still. */
  entries?: { frozen: FrozenEntries; mask: readonly number[] };
  /** What an adapter lies beside. */
  base?: tf.Variable;
  /** The model around the layers, where that is a new one until `fold` or `restore`. */
  model?: tf.LayersModel;
}

/** Codes of this many bits: few enough values that a grid cannot be met by chance. */
export const BITS = 3;
/** The longest unit that a constraint leaves. */
export const LONGEST = 0.75;
const quantized = (w: tf.Tensor) => fakeQuantize(w, { bits: BITS });

type Variables = Readonly<Record<string, tf.Tensor>>;

/** Puts adapters on the weight at a path, while all others train. */
async function adapted(
  kind: Kind,
  model: tf.LayersModel,
  path: string,
  put: (options: AdaptersOptions) => Adapters | Promise<Adapters>,
  of: (w: tf.Tensor, variables: Variables, scale: number) => tf.Tensor,
): Promise<Placed> {
  const present = new Set(parametrizationsOf(model));
  const adapters = await put({ filter: path, train: (weight) => weight.path !== path });
  const { raw, variables } = parametrizationsOf(model).find((one) => !present.has(one) && one.path === path)!;
  return {
    kind,
    base: raw,
    apply: (w) => of(w, variables, adapters.scale),
    fold: () => adapters.merge(),
    restore: () => adapters.remove(),
  };
}

const product = (a: tf.Tensor, b: tf.Tensor, scale: number): tf.Tensor =>
  tf.mul(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), scale);
const lowRank = (w: tf.Tensor, { loraA, loraB }: Variables, scale: number) => tf.add(w, product(loraA!, loraB!, scale));

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
  async 'frozen entries'(model, path) {
    const { shape } = weightsOf(model, path)[0]!;
    const mask = Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const bits = tf.tensor(mask, [...shape], 'bool');
    const frozen = await freezeEntries(model, { [path]: bits }).finally(() => bits.dispose());
    const end = () => frozen.unfreeze();
    return { kind: 'frozen entries', entries: { frozen, mask }, apply: (w) => tf.clone(w), fold: end, restore: end };
  },
  LoRA: (model, path) => adapted('LoRA', model, path, (options) => lora(model, { ...options, rank: 2 }), lowRank),
  rsLoRA: (model, path) =>
    adapted('rsLoRA', model, path, (options) => lora(model, { ...options, rank: 2, rankStabilized: true }), lowRank),
  DoRA: (model, path) =>
    adapted(
      'DoRA',
      model,
      path,
      (options) => dora(model, { ...options, rank: 2 }),
      (w, variables, scale) => {
        const moved = lowRank(w, variables, scale);
        return tf.mul(moved, tf.div(variables.magnitude!, tf.sqrt(tf.sum(tf.square(moved), 0))));
      },
    ),
  PiSSA: (model, path) =>
    adapted(
      'PiSSA',
      model,
      path,
      (options) => pissa(model, { ...options, rank: 2 }),
      (w, { loraA, loraB, startA, startB }, scale) =>
        tf.add(w, tf.sub(product(loraA!, loraB!, scale), product(startA!, startB!, scale))),
    ),
  '(IA)³': (model, path) =>
    adapted(
      '(IA)³',
      model,
      path,
      (options) => ia3(model, options),
      (w, variables) => tf.mul(w, variables.ia3!),
    ),
  VeRA: (model, path) =>
    adapted(
      'VeRA',
      model,
      path,
      (options) => vera(model, { ...options, rank: 3 }),
      (w, { veraA, veraB, lambdaB, lambdaD }) =>
        tf.add(w, tf.mul(product(tf.mul(veraA!, lambdaD!), veraB!, 1), lambdaB!)),
    ),
  async bottleneck(model, path) {
    const adapters = bottleneck(model, {
      layers: [path.split('/')[0]!],
      size: 2,
      train: (weight) => weight.path !== path,
    });
    const end = () => adapters.remove();
    return { kind: 'bottleneck', model: adapters.model, apply: (w) => tf.clone(w), fold: end, restore: end };
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
