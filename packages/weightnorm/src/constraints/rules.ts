import type * as tf from '@tensorflow/tfjs-core';
import type { Weight, WeightFilter } from '@weightkit/core';
import { checkFunction, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { defaultAxis, unitAxes } from '../norms/unit-axes.ts';
import type { NormOptions, UnitOptions } from './by-norm.ts';
import { type MaxNormOptions, maxNorm } from './max-norm.ts';
import { type MinMaxNormOptions, minMaxNorm } from './min-max-norm.ts';
import { nonNeg } from './non-neg.ts';
import { filledOrthonormal, type OrthonormalOptions, orthonormal } from './orthonormal.ts';
import { simplex } from './simplex.ts';
import { unitNorm } from './unit-norm.ts';

/** A constraint by name, with the options of the function of that name. */
export type NamedConstraint =
  | ({
      /** Units no longer than `maxValue`. */
      constraint: 'maxNorm';
    } & MaxNormOptions)
  | ({
      /** Units of norm 1. */
      constraint: 'unitNorm';
    } & NormOptions)
  | ({
      /** Units as long as `minValue` at least and `maxValue` at most. */
      constraint: 'minMaxNorm';
    } & MinMaxNormOptions)
  | {
      /** No entry below 0. */
      constraint: 'nonNeg';
    }
  | ({
      /** Units that are orthonormal. */
      constraint: 'orthonormal';
    } & OrthonormalOptions)
  | ({
      /** Units of entries of 0 or more that add up to 1. */
      constraint: 'simplex';
    } & UnitOptions)
  | {
      /** A function from a weight to the nearest one that is allowed, of the same shape; it runs in a tidy and must not wait. */
      constraint: (w: tf.Tensor) => tf.Tensor;
    };

/** What a weight is held to; see {@link constrain}. */
export type ConstraintRule = NamedConstraint & {
  /**
   * Which weights: path, glob, RegExp, function or a list of these. A weight belongs to the first rule that takes it.
   *
   * @defaultValue every kernel (`isKernel` of `@weightkit/core`)
   */
  filter?: WeightFilter;
};

/** A constraint on one weight. */
export interface Projection {
  name: string;
  /** Which parametrizations keep it. */
  kinds: readonly string[];
  project(w: tf.Tensor): tf.Tensor;
  /** Where it begins, when that is another thing than `project`. */
  start?: (w: tf.Tensor) => tf.Tensor;
}

type Options = Record<string, unknown>;

const NAMED: Readonly<
  Record<string, { call: (w: tf.Tensor, options: never) => tf.Tensor; kinds?: readonly string[] }>
> = {
  // Entries that a mask makes 0 shorten a unit and are not negative.
  maxNorm: { call: maxNorm, kinds: ['mask'] },
  unitNorm: { call: unitNorm },
  minMaxNorm: { call: minMaxNorm },
  nonNeg: { call: nonNeg, kinds: ['mask'] },
  orthonormal: { call: orthonormal },
  simplex: { call: simplex },
};

const NAMES = Object.keys(NAMED).join(', ');

/** Throws unless a value is a rule, as far as can be said without a weight. */
export function checkRule(fn: string, rule: unknown): asserts rule is ConstraintRule {
  checkPlainObject(`${fn}: each of rules must be { filter, constraint, ... }`, rule);
  const { constraint } = rule as { constraint?: unknown };
  if (typeof constraint === 'string')
    checkRange(
      Object.hasOwn(NAMED, constraint),
      `${fn}: constraint must be one of ${NAMES}, or a function`,
      constraint,
    );
  else {
    checkType(typeof constraint === 'function', `${fn}: constraint must be one of ${NAMES}, or a function`, constraint);
    checkFunction(fn, 'constraint', constraint);
    checkOptions(fn, rule as Options, ['filter', 'constraint'], 'rules');
  }
}

/** The default axes of a weight: a bias is one unit. */
const axesFor = (weight: Weight): UnitOptions['axis'] => (weight.shape.length < 2 ? null : defaultAxis(weight));

/** The rule on one weight; the options are checked by the function's own rules when it first runs. */
export function projectionOf(fn: string, weight: Weight, rule: ConstraintRule): Projection {
  const {
    constraint,
    filter: _,
    ...given
  } = rule as unknown as { constraint: string | ((w: tf.Tensor) => tf.Tensor) } & Options;
  if (typeof constraint === 'function') return { name: constraint.name || 'function', kinds: [], project: constraint };
  const { call, kinds = [] } = NAMED[constraint]!;
  if (constraint === 'nonNeg') {
    checkOptions(fn, rule as unknown as Options, ['filter', 'constraint'], 'rules');
    return { name: constraint, kinds, project: nonNeg };
  }
  const options = { ...given, axis: given.axis === undefined ? axesFor(weight) : given.axis } as never;
  const project = (w: tf.Tensor) => call(w, options);
  if (constraint !== 'orthonormal') return { name: constraint, kinds, project };
  const start = (w: tf.Tensor) =>
    filledOrthonormal(w, unitAxes(fn, w.rank, (options as OrthonormalOptions).axis as number));
  return { name: constraint, kinds, project, start };
}
