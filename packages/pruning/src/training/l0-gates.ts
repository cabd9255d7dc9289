import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkLayer,
  foldAll,
  isKernel,
  type LayerLike,
  type NamedGradient,
  type Parametrization,
  parametrize,
  type SkippedWeight,
  type StockCallback,
  stockCallback,
  tapOptimizer,
  type Weight,
  type WeightFilter,
} from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import {
  checkInteger,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { heldOptimizer } from '../schedules/held-optimizer.ts';
import { checkTraining } from '../schedules/training-options.ts';
import { activeOf, checkLaw, gatesOf, type HardConcreteLaw, LAW_NAMES } from './hard-concrete.ts';
import { packFloats, unpackFloats } from './packed-floats.ts';
import { type SlicedKernel, slicedKernels } from './sliced-kernels.ts';

/** Where {@link l0Gates} stands, as plain data. */
export interface L0State {
  /** Training steps begun so far. */
  step: number;
  /** log α of each kernel by path: float32, gate by gate, the lowest byte first, as base64. */
  logAlpha: Record<string, string>;
}

/** Options of {@link l0Gates}. */
export interface L0Options extends HardConcreteLaw {
  /** λ, what an entry that is not 0 costs beside the loss: a finite number, 0 or more. The authors divide theirs by the number of examples. */
  strength: number;
  /** What the noise of the gates comes from: a safe integer. */
  seed: number;
  /**
   * What a gate is of: a unit's entries of the kernel, those that read an input channel, or each entry by itself. Biases have none.
   * @defaultValue 'unit'
   */
  structure?: 'unit' | 'channel' | 'entry';
  /**
   * Which kernels.
   * @defaultValue `isKernel`
   */
  filter?: WeightFilter;
  /**
   * 1 − σ(log α) of all gates at first: a number in (0, 1). Up to 1/12 a model predicts as before while it is not trained; the authors' code has 0.5.
   * @defaultValue 0.05
   */
  dropRate?: number;
  /**
   * What steps the weights in a training loop of one's own. `fit` and `fitDataset` say it themselves.
   * @defaultValue that of the model, where it is compiled
   */
  optimizer?: tf.Optimizer;
  /**
   * What `state()` of an earlier call gave: noise goes on, gates are those. The model must have its raw weights of then.
   * @defaultValue a new start
   */
  resume?: L0State;
}

/** The gates of a kernel. */
export interface L0Kernel {
  /** The kernel's path. */
  path: string;
  /** How many gates it has. */
  gates: number;
  /** The numbers of those that are 0 once the model is tested, in order. */
  zero: number[];
  /** Σ P(gate ≠ 0) × its entries: how many entries are not 0, expected while the model trains. */
  expected: number;
}

/** Gates in place; a callback of `fit` and `fitDataset`. */
export interface L0Gates extends StockCallback {
  /** Kernels of the filter that have no such gates, and why. */
  readonly skipped: readonly SkippedWeight[];
  /** Training steps begun so far, over all fits. */
  readonly step: number;
  /** Draws the noise of a step. A training loop of one's own awaits it before each step. */
  onBatchBegin(): Promise<void>;
  /** Ends the noise. */
  onTrainEnd(): Promise<void>;
  /** Downloads log α and says which gates are 0. */
  kernels(): Promise<L0Kernel[]>;
  /** Downloads log α and says where it stands, as plain data for the option `resume`. */
  state(): Promise<L0State>;
  /** Takes the gates away and leaves them in the weights, exact zeros where they are 0: the model predicts as before. */
  fold(): void;
  /** Takes the gates away and leaves the raw weights, as they are by now. */
  restore(): void;
  /** `restore` for what is still in place; nothing after `fold` or `restore`. */
  dispose(): void;
}

const fn = 'l0Gates';
const NAMES = ['strength', 'seed', 'structure', 'filter', 'dropRate', 'optimizer', 'resume', ...LAW_NAMES];

/** A kernel that gates are put on. */
interface Planned {
  weight: Weight;
  /** The shape of its gates: 1 where they are for a whole axis. */
  shape: number[];
  /** How many gates there are. */
  gates: number;
  /** How many entries a gate is of. */
  size: number;
}

/** A kernel with gates. */
interface Gated extends Planned {
  parametrization: Parametrization;
  /** Uniform numbers while a step is made. */
  noise: tf.Tensor | undefined;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function planned({ weight, axes }: SlicedKernel): Planned {
  const shape = weight.shape.map((size, i) => (axes.includes(i) ? size : 1));
  const gates = product(shape);
  return { weight, shape, gates, size: gates === 0 ? 0 : product(weight.shape) / gates };
}

/** Puts gates on a kernel. */
function gate(one: Planned, law: Required<HardConcreteLaw>, start: Float32Array): Gated {
  const gated = { ...one, noise: undefined } as unknown as Gated;
  gated.parametrization = parametrize(one.weight, {
    kind: 'l0Gates',
    fn: 'l0Gates',
    forward(raw, { logAlpha }) {
      const z = gatesOf(logAlpha!, law, gated.noise);
      const product = tf.mul(raw, z);
      if (gated.noise) return product;
      // 0 times a negative number is -0.
      return tf.where(tf.broadcastTo(tf.greater(z, 0), raw.shape as number[]), product, tf.fill(raw.shape, 0));
    },
    variables: { logAlpha: () => tf.tensor(start, one.shape) },
  });
  return gated;
}

function gateAll(
  kernels: readonly Planned[],
  law: Required<HardConcreteLaw>,
  starts: readonly Float32Array[],
): Gated[] {
  const done: Gated[] = [];
  try {
    for (const [i, one] of kernels.entries()) done.push(gate(one, law, starts[i]!));
    return done;
  } catch (error) {
    for (const { parametrization } of done) parametrization.restore();
    throw error;
  }
}

function checkResume(resume: L0State): void {
  checkPlainObject(`${fn}: resume must be what state() gave`, resume);
  checkOptions(fn, resume, ['step', 'logAlpha'], 'resume');
  checkInteger(fn, 'step of resume', resume.step, 0);
  checkPlainObject(`${fn}: logAlpha of resume must be a plain object`, resume.logAlpha);
}

function checkAll(options: L0Options) {
  checkOptions(fn, options, NAMES);
  const { strength, seed, structure = 'unit', filter = isKernel, dropRate = 0.05, resume } = options ?? {};
  checkNumber(`${fn}: strength must be finite, 0 or more`, strength, (s) => Number.isFinite(s) && s >= 0);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
  checkRange(
    structure === 'unit' || structure === 'channel' || structure === 'entry',
    `${fn}: structure must be 'unit', 'channel' or 'entry'`,
    structure,
  );
  checkNumber(`${fn}: dropRate must be in (0, 1)`, dropRate, (p) => p > 0 && p < 1);
  const law = checkLaw(fn, options);
  const { optimizer } = checkTraining(fn, { ...(options.optimizer !== undefined && { optimizer: options.optimizer }) });
  if (resume !== undefined) checkResume(resume);
  return {
    strength,
    seed,
    structure,
    filter,
    start: Math.log(1 - dropRate) - Math.log(dropRate),
    law,
    optimizer,
    resume,
  };
}

/** log α at first. */
function startOf({ weight: { path }, gates }: Planned, start: number, resume: L0State | undefined): Float32Array {
  if (!resume) return new Float32Array(gates).fill(start);
  checkRange(Object.hasOwn(resume.logAlpha, path), `${fn}: logAlpha of resume must have every kernel`, path);
  return unpackFloats(fn, 'logAlpha', path, resume.logAlpha[path], gates);
}

/**
 * Trains with a cost for each entry that is not 0, loss + λ Σ P(gate ≠ 0) × the gate's entries: each unit (channel, entry) of the kernels is
 * multiplied with a {@link hardConcrete} gate, whose log α is trained like a weight. While a step is made, gates are drawn; whenever
 * else the model runs, as in `predict` and `evaluate`, they are σ(log α) (ζ − γ) + γ within [0, 1], many of them exactly 0. `fold` makes
 * a plain model of it, smaller by `shrink`.
 *
 * log α is a variable of its layer: compile the model with a NEW optimizer after the call, and again after `fold` or `restore`. The loss
 * that `fit` shows is without the cost, whose gradient is added to that of log α. Noise depends on the seed, the step, and the kernel's
 * path and size alone: the same on every backend.
 *
 * Louizos, Welling and Kingma 2018, https://arxiv.org/abs/1712.01312
 *
 * @example
 * const gates = l0Gates(model, { strength: 0.01, seed: 1 });
 * model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
 * await model.fit(x, y, { epochs: 5, callbacks: gates });
 * console.log((await gates.kernels()).at(-1).path); // -> out/kernel
 * gates.fold();
 *
 * @param model - a built LayersModel or layer
 * @param options - how strong, the seed, what gates are of
 * @returns the callback
 * @throws RangeError for numbers out of range or a filter that matches no kernel with such gates; Error for kernels that are parametrized
 * already. A step whose optimizer does not train the gates throws out of `fit`
 */
export function l0Gates(model: LayerLike, options: L0Options): L0Gates {
  checkLayer(fn, 'model', model);
  const { strength, seed, structure, filter, start, law, optimizer, resume } = checkAll(options);
  const { kernels: sliced, weights, skipped } = slicedKernels(fn, model, filter, structure);
  const kernels = sliced.map(planned);
  const gated = gateAll(
    kernels,
    law,
    kernels.map((one) => startOf(one, start, resume)),
  );
  const inPlace = () => gated.every(({ parametrization }) => parametrization.installed);
  const logAlphaOf = ({ parametrization }: Gated): tf.Variable => parametrization.variables.logAlpha!;
  const quiet = () => {
    for (const one of gated) {
      one.noise?.dispose();
      one.noise = undefined;
    }
  };
  /** Adds the gradient of λ × size × P(gate ≠ 0). */
  const before = (gradients: readonly NamedGradient[]): NamedGradient[] => {
    const byName = new Map(gated.map((one) => [logAlphaOf(one).name, one]));
    const found = new Set(gradients.map(({ name }) => name));
    const missing = gated.find((one) => !found.has(logAlphaOf(one).name));
    if (missing)
      throw new Error(
        `${fn}: optimizer must train the gates (compile the model with a new one after ${fn}, leave out what is frozen), got no gradient of those of ${missing.weight.path}`,
      );
    return gradients.map(({ name, tensor }) => {
      const one = byName.get(name);
      if (!one) return { name, tensor };
      const active = activeOf(logAlphaOf(one), law);
      return { name, tensor: tf.add(tensor, tf.mul(tf.mul(active, tf.sub(1, active)), strength * one.size)) };
    });
  };
  let untap = () => {};
  const held = heldOptimizer(
    (one) => {
      if (!inPlace()) return () => {};
      untap = tapOptimizer(one, { before, after: quiet });
      return untap;
    },
    model,
    optimizer,
  );
  let step = resume?.step ?? 0;
  const takeAway = (how: 'fold' | 'restore') => {
    if (!inPlace()) throw new Error(`${how}: gates must be in place, got some already taken away`);
    checkIdle(how, weights);
    quiet();
    const all = gated.map(({ parametrization }) => parametrization);
    if (how === 'fold') foldAll(all, how);
    else for (const parametrization of all) parametrization.restore();
    untap();
  };
  const downloaded = async (make: (one: Gated) => tf.Tensor): Promise<Float32Array[]> => {
    if (!inPlace()) throw new Error('l0Gates: gates must be in place, got some already taken away');
    const tensors = gated.map((one) => tf.tidy(() => make(one)));
    try {
      return await Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
    } finally {
      tf.dispose(tensors);
    }
  };
  return stockCallback(
    {
      skipped,
      get step() {
        return step;
      },
      async onBatchBegin() {
        held.ofLoop();
        checkType(
          held.current !== undefined,
          `${fn}: optimizer must be known (compile the model, or say it)`,
          undefined,
        );
        quiet();
        if (!inPlace()) throw new Error(`${fn}: gates must be in place, got some already taken away`);
        for (const one of gated) {
          const key = randomKey(seed, `${one.weight.stablePath} gates at ${step}`);
          // In the middle of the steps of 2^-23: neither 0 nor 1.
          const u = fillUniform(new Float32Array(one.gates), key).map((v) => v + 2 ** -24);
          one.noise = tf.keep(tf.tensor(u, one.shape));
        }
        step++;
      },
      async onTrainEnd() {
        held.ended();
        quiet();
      },
      async kernels() {
        const expected = downloaded((one) => tf.mul(tf.sum(activeOf(logAlphaOf(one), law)), one.size));
        const gates = downloaded((one) => gatesOf(logAlphaOf(one), law));
        const [counts, values] = await Promise.all([expected, gates]);
        return gated.map(({ weight: { path }, gates: count }, i) => ({
          path,
          gates: count,
          zero: Array.from(values[i]!.keys()).filter((k) => values[i]![k] === 0),
          expected: counts[i]![0]!,
        }));
      },
      async state() {
        const now = step;
        const values = await downloaded((one) => tf.clone(logAlphaOf(one)));
        return {
          step: now,
          logAlpha: Object.fromEntries(gated.map(({ weight: { path } }, i) => [path, packFloats(values[i]!)])),
        };
      },
      fold: () => takeAway('fold'),
      restore: () => takeAway('restore'),
      dispose() {
        quiet();
        untap();
        for (const { parametrization } of gated) if (parametrization.installed) parametrization.restore();
      },
    },
    fn,
    weights,
    held.ofFit,
  );
}
