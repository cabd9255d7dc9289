import * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  checkIdle,
  finiteValues,
  markConstrained,
  type SkippedWeight,
  tapOptimizer,
  type Weight,
  watchOptimizers,
} from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import type { Projection } from './rules.ts';

/** One constrained weight. */
export interface ConstrainedWeight {
  /** Path of the weight. */
  path: string;
  /** The constraint's name. */
  constraint: string;
  /** The largest change of an entry that installation made. */
  moved: number;
}

/** What {@link constrain} or {@link enforceConstraints} did, at installation. */
export interface ConstraintReport {
  /** The constrained weights, in model order. */
  constrained: ConstrainedWeight[];
  /** Weights that passed a filter and were left alone, and why. */
  skipped: SkippedWeight[];
}

/** How far weights are from their constraints; see {@link Constraints.verify}. */
export interface ConstraintCheck {
  /** The largest distance of all. */
  distance: number;
  /** By weight, in model order: the largest change of an entry that another projection would make. */
  weights: {
    /** The weight's path. */
    path: string;
    /** The largest change of one of its entries. */
    distance: number;
  }[];
}

/** Constraints in force; see {@link constrain}. */
export interface Constraints {
  /** Paths of the weights, in model order. */
  readonly paths: readonly string[];
  /** Whether they are in force. */
  readonly active: boolean;
  /** What was done at installation. */
  report(): ConstraintReport;
  /** Projects all weights now: after `setWeights`, or a step of your own making. */
  project(): void;
  /** Measures how far the weights are from their constraints, without changing them. */
  verify(): Promise<ConstraintCheck>;
  /**
   * Ends the constraints and leaves the weights as they are by now. Calling it or `restore` again is an error.
   *
   * @throws Error when they are not in force
   */
  fold(): void;
  /**
   * Ends the constraints. A weight that nothing has changed since installation is what it was before that, bit for bit; what was
   * trained stays as it is.
   *
   * @throws Error when they are not in force
   */
  restore(): void;
}

/** A weight and what it is held to. */
export interface Held {
  weight: Weight;
  projection: Projection;
}

interface Placed {
  weight: Weight;
  projection: Projection;
  variable: tf.Variable;
  before: Float32Array;
  unmark(): void;
  /** What installation left in the variable. */
  dataId: object;
}

/** One projection, of the shape and type that it must have. */
function projected(fn: string, { weight, projection }: Held, w: tf.Tensor): tf.Tensor {
  const result = projection.project(w);
  checkType(result instanceof tf.Tensor, `${fn}: constraint of ${weight.path} must return a tensor`, result);
  checkRange(
    result.dtype === w.dtype && tf.util.arraysEqual(result.shape, w.shape),
    `${fn}: constraint of ${weight.path} must return ${w.dtype} [${w.shape}]`,
    `${result.dtype} [${result.shape}]`,
  );
  // A function may return what it was given.
  return tf.clone(result);
}

const assign = (fn: string, held: Held, variable: tf.Variable): void =>
  tf.tidy(() => variable.assign(projected(fn, held, variable)));

async function distanceOf(fn: string, { weight, projection, variable }: Placed): Promise<number> {
  const far = tf.tidy(() => {
    const change = tf.sub(projected(fn, { weight, projection }, variable), variable);
    return change.size === 0 ? tf.scalar(0) : tf.max(tf.abs(change));
  });
  const [distance] = await far.data();
  far.dispose();
  return distance!;
}

/** Where each weight is to begin; computed before anything is changed. */
function startsOf(fn: string, all: readonly Held[]): tf.Tensor[] {
  const starts: tf.Tensor[] = [];
  try {
    for (const held of all) {
      const { start } = held.projection;
      const variable = held.weight.variable!;
      starts.push(
        tf.tidy(() => {
          // The function's own checks run here too, where the start is another.
          const near = projected(fn, held, variable);
          return start ? start(variable) : near;
        }),
      );
    }
    return starts;
  } catch (error) {
    tf.dispose(starts);
    throw error;
  }
}

function largestChange(before: Float32Array, after: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < before.length; i++) most = Math.max(most, Math.abs(after[i]! - before[i]!));
  return most;
}

/** Marks and changes the weights, all or none. */
function install(fn: string, all: readonly Held[], before: Float32Array[], starts: tf.Tensor[]): Placed[] {
  const unmarks: (() => void)[] = [];
  try {
    for (const { weight, projection } of all)
      unmarks.push(markConstrained(fn, weight, projection.name, projection.kinds));
  } catch (error) {
    for (const unmark of unmarks) unmark();
    throw error;
  }
  return all.map(({ weight, projection }, i) => {
    const variable = weight.variable!;
    variable.assign(starts[i]!);
    return { weight, projection, variable, before: before[i]!, unmark: unmarks[i]!, dataId: variable.dataId };
  });
}

/** Projects after each step of any optimizer what the step has moved; last of all taps. */
function projectAfterSteps(fn: string, placed: readonly Placed[]): () => void {
  const byName = new Map(placed.map((one) => [one.variable.name, one]));
  const taps = new Map<tf.Optimizer, () => void>();
  const end = (): void => {
    unwatch();
    for (const untap of taps.values()) untap();
    taps.clear();
  };
  const unwatch = watchOptimizers((optimizer) => {
    // Nobody can end the constraints of a model that is gone.
    if (placed.every(({ variable }) => variable.isDisposed)) return end();
    const before = taps.get(optimizer);
    const untap = tapOptimizer(optimizer, {
      after(gradients) {
        for (const { name } of gradients) {
          const one = byName.get(name);
          if (one && !one.variable.isDisposed) assign(fn, one, one.variable);
        }
        taps.get(optimizer)?.();
        taps.delete(optimizer);
      },
    });
    // After the new one, so that an optimizer that nothing else taps stays tapped, with what it knows of names.
    before?.();
    taps.set(optimizer, untap);
  });
  return end;
}

/** Holds weights to constraints until the handle ends it. */
export async function hold(fn: string, all: readonly Held[], skipped: readonly SkippedWeight[]): Promise<Constraints> {
  for (const { weight, projection } of all) markConstrained(fn, weight, projection.name, projection.kinds)();
  const weights = all.map(({ weight }) => weight);
  const before = await allDone(weights.map((weight) => finiteValues(fn, rawOf(weight))));
  const starts = startsOf(fn, all);
  const placed = (() => {
    try {
      return install(fn, all, before, starts);
    } finally {
      // What the variables hold now is theirs.
      tf.dispose(starts);
    }
  })();
  let end: (() => void) | undefined = projectAfterSteps(fn, placed);
  const after = await allDone(placed.map(({ variable }) => valuesOf(variable)));
  const constrained = placed.map(({ weight, projection }, i) => ({
    path: weight.path,
    constraint: projection.name,
    moved: largestChange(before[i]!, after[i]!),
  }));
  const checkActive = (name: string): (() => void) => {
    if (!end)
      throw new Error(`${name}: constraints must be in force, got those of ${placed[0]!.weight.path} already ended`);
    checkIdle(name, weights);
    return end;
  };
  const finish = (name: string): void => {
    checkActive(name)();
    end = undefined;
    for (const { unmark } of placed) unmark();
  };
  return {
    paths: weights.map(({ path }) => path),
    get active() {
      return end !== undefined;
    },
    report: () => structuredClone({ constrained, skipped: [...skipped] }),
    project() {
      checkActive('project');
      for (const one of placed) assign('project', one, one.variable);
    },
    async verify() {
      checkActive('verify');
      const distances = await allDone(placed.map((one) => distanceOf('verify', one)));
      return {
        distance: Math.max(0, ...distances),
        weights: placed.map(({ weight }, i) => ({ path: weight.path, distance: distances[i]! })),
      };
    },
    fold: () => finish('fold'),
    restore() {
      finish('restore');
      for (const { variable, before, dataId } of placed)
        if (!variable.isDisposed && variable.dataId === dataId)
          tf.tidy(() => variable.assign(tf.tensor(before, variable.shape)));
    },
  };
}

const valuesOf = async (variable: tf.Variable): Promise<Float32Array> => {
  // A tensor of its own: WebGPU reads later, and who waits may dispose the model in the meantime.
  const held = tf.clone(variable as tf.Tensor);
  try {
    return (await held.data()) as Float32Array;
  } finally {
    held.dispose();
  }
};

/** The weight as its variable has it, below a mask. */
const rawOf = (weight: Weight): Weight => ({
  ...weight,
  variable: weight.variable,
  read: () => tf.clone(weight.variable as tf.Tensor),
});
