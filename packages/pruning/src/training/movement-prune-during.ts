import * as tf from '@tensorflow/tfjs-core';
import { checkIdle, type LayerLike, type NamedGradient } from '@weightkit/core';
import { checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { denseSelection } from '../masks/dense-selection.ts';
import { type PruneRule, planOf, RULE_NAMES, sizeOf } from '../masks/plan.ts';
import { installMasks } from '../masks/pruning.ts';
import { heldOptimizer } from '../schedules/held-optimizer.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { type PruningCallback, scheduledCallback } from '../schedules/scheduled-callback.ts';
import { checkTraining, TRAINING_NAMES, type TrainingOptions } from '../schedules/training-options.ts';
import { checkState, masksOfState, type TrainingState } from '../schedules/training-state.ts';
import { checkPlain } from './check-plain.ts';
import { packFloats, unpackFloats } from './packed-floats.ts';

/** Where {@link movementPruneDuring} stands, as plain data. */
export interface MovementState extends TrainingState {
  /** S of each weight that has had a gradient, by path: float32, row by row, the lowest byte first, as base64. */
  scores: Record<string, string>;
}

/** Options of {@link movementPruneDuring}: a rule without a score, which is the movement. */
export interface MovementPruningOptions extends Omit<PruneRule, 'score'>, TrainingOptions {
  /**
   * What `state()` of an earlier callback gave: steps go on counting, masks and scores are those. The model must have its raw weights of
   * then (`model.save` writes these), the optimizer its state.
   * @defaultValue a new start
   */
  resume?: MovementState;
}

/** Movement pruning; a callback of `fit` and `fitDataset`. */
export interface MovementPruning extends Omit<PruningCallback, 'toJSON'> {
  /** Downloads the scores and says where it stands, as plain data for the option `resume`. */
  state(): Promise<MovementState>;
}

const fn = 'movementPruneDuring';
const NAMES = [...RULE_NAMES.filter((name) => name !== 'score'), ...TRAINING_NAMES, 'resume'];

function checkResume(resume: unknown): asserts resume is MovementState {
  checkType(typeof resume === 'object' && resume !== null, `${fn}: resume must be what state() gave`, resume);
  const { scores, ...state } = resume as MovementState;
  checkState(fn, state);
  checkPlainObject(`${fn}: scores of resume must be a plain object`, scores);
}

/** The S of weights by path, on the device. */
function sums() {
  const totals = new Map<string, tf.Tensor>();
  return {
    get: (path: string) => totals.get(path),
    /** S ← S − w ∂L/∂w′ */
    add(path: string, w: tf.Tensor, gradient: tf.Tensor) {
      const before = totals.get(path);
      const after = tf.tidy(() => {
        const moved = tf.mul(w, gradient);
        return before ? tf.sub(before, moved) : tf.neg(moved);
      });
      totals.set(path, tf.keep(after));
      before?.dispose();
    },
    put: (path: string, values: Float32Array, shape: readonly number[]) =>
      totals.set(path, tf.keep(tf.tensor(values, [...shape]))),
    /** Copies as they are now, downloaded. */
    async download(): Promise<[path: string, values: Float32Array][]> {
      const copies = [...totals].map(([path, total]) => [path, tf.clone(total)] as const);
      try {
        return (await Promise.all(
          copies.map(async ([path, copy]) => [path, (await copy.data()) as Float32Array] as const),
        )) as [string, Float32Array][];
      } finally {
        tf.dispose(copies.map(([, copy]) => copy));
      }
    },
    free() {
      for (const total of totals.values()) total.dispose();
      totals.clear();
    },
  };
}

/**
 * Movement pruning: while the model trains, each weight adds up S ← S − w ∂L/∂w′, w′ being what its layer computes with, and at each turn
 * of the schedule those with the largest S stay. What grows away from 0 stays; what shrinks toward it goes, large or not, which is what
 * fine-tuning a trained model asks for.
 *
 * Gradients of pruned entries count in S as if nothing were pruned (straight through the mask), so that an entry may come back, with the
 * weight that it had when it went: the optimizer does not move it in the meantime. The paper's S has its learning rate as a factor and an
 * optimizer of its own; with a constant rate and plain steps the order is the same. A regularizer's gradient counts in S too.
 *
 * S begins at 0 and says nothing before the first step, so that a schedule must not prune there: let it begin at 1 or later, or rise from
 * 0. Its sparsities may fall as well.
 *
 * Sanh, Wolf and Rush 2020, https://arxiv.org/abs/2005.07683
 *
 * @example
 * const callback = movementPruneDuring(model, polynomialDecay({ final: 0.8, end: 300, frequency: 10 }));
 * await model.fit(x, y, { epochs: 12, callbacks: callback });
 * callback.pruning.fold();
 *
 * @param model - a built LayersModel or layer
 * @param schedule - {@link polynomialDecay} or another
 * @param options - the rule, whose score is the movement
 * @returns the callback; its sums take as much memory on the device as the weights, until its pruning is folded, restored or disposed
 * @throws as {@link pruneDuring}; Error for weights that are parametrized already, and at its turn and out of `fit` for weights that had
 * no gradient before it, as frozen ones
 */
export function movementPruneDuring(
  model: LayerLike,
  schedule: Schedule,
  options: MovementPruningOptions = {},
): MovementPruning {
  checkType(typeof schedule === 'function', `${fn}: schedule must be a function`, schedule);
  checkOptions(fn, options, NAMES);
  const { optimizer, check } = checkTraining(fn, options);
  const { optimizer: _, check: __, resume, ...rule } = options;
  if (resume !== undefined) checkResume(resume);
  const totals = sums();
  // Whether nothing is to be pruned, which needs no score.
  let dense = false;
  const plan = planOf(fn, model, {
    ...rule,
    score(w, { path }) {
      const total = totals.get(path);
      checkRange(
        total !== undefined || dense,
        `${fn}: weights must have had a gradient before they are pruned (begin at a later step, leave out what is frozen, or say { optimizer })`,
        path,
      );
      return total ?? tf.zerosLike(w);
    },
  });
  checkPlain(fn, model, new Set(plan.weights.map(({ path }) => path)));
  checkIdle(fn, plan.weights);
  const selection = resume ? masksOfState(fn, plan, resume) : denseSelection(plan);
  const resumed = plan.weights.flatMap((weight) => {
    const text = resume && Object.hasOwn(resume.scores, weight.path) ? resume.scores[weight.path] : undefined;
    return text === undefined
      ? []
      : [{ weight, values: unpackFloats(fn, 'scores', weight.path, text, sizeOf(weight)) }];
  });
  const { entries, pruning, hold } = installMasks(fn, plan, selection);
  for (const { weight, values } of resumed) totals.put(weight.path, values, weight.shape);
  const byName = new Map(entries.map((entry) => [entry.parametrization.raw.name, entry]));
  const follow = (gradients: readonly NamedGradient[]): void => {
    for (const { name, tensor } of gradients) {
      const entry = byName.get(name);
      if (entry?.parametrization.installed) totals.add(entry.weight.path, entry.parametrization.raw, tensor);
    }
  };
  const through = (open: boolean) => {
    for (const entry of entries) entry.dense = open;
  };
  // Gradients go through masks only where the optimizer is held, which keeps them from the pruned entries.
  const held = heldOptimizer(
    (one) => {
      const release = hold(one, follow);
      through(true);
      return () => {
        through(false);
        release();
      };
    },
    model,
    optimizer,
  );
  const { fold, restore, dispose } = pruning;
  const ended = (end: () => void) => () => {
    end();
    totals.free();
  };
  Object.assign(pruning, { fold: ended(fold), restore: ended(restore), dispose: ended(dispose) });
  const scheduled = scheduledCallback({
    fn,
    plan,
    pruning,
    schedule,
    held,
    step: resume?.step ?? 0,
    checks: () => check,
    async prune(sparsity) {
      dense = sparsity === 0;
      await pruning.update({ sparsity }, { regrow: true });
    },
  });
  const { toJSON } = scheduled;
  const callback = Object.defineProperties(scheduled, {
    state: {
      async value(): Promise<MovementState> {
        const now = toJSON();
        const scores = await totals.download();
        return { ...now, scores: Object.fromEntries(scores.map(([path, values]) => [path, packFloats(values)])) };
      },
      enumerable: true,
      configurable: true,
    },
  });
  Reflect.deleteProperty(callback, 'toJSON');
  return callback as unknown as MovementPruning;
}
