import {
  checkIdle,
  checkLayer,
  fans,
  isKernel,
  type Weight,
  type WeightSource,
  weightsOf,
  writeAll,
} from '@weightkit/core';
import { checkFinite, checkOptions, checkRange, checkSeed, checkType, isPlainObject } from '@weightkit/numerics/check';
import { type Initializer, type Law, lawOf, valuesFor } from '../laws/initializer.ts';
import { type Filled, type InitReport, reportOn } from './init-report.ts';

/** Options of {@link initialize}. */
export interface InitializeOptions {
  /**
   * Any safe integer, 0 and negative ones included. A weight's values depend on the seed and its path alone.
   *
   * @defaultValue 0
   */
  seed?: number;
}

/** A weight and what it is to be filled with. */
export interface Choice {
  weight: Weight;
  law: Law;
}

interface Plan {
  chosen: Choice[];
  skipped: InitReport['skipped'];
}

function checkLaw(initializer: unknown, where: string): Law {
  const law = lawOf(initializer);
  checkType(
    law !== undefined,
    `initialize: ${where} must be an initializer of this package, as heNormal()`,
    initializer,
  );
  return law;
}

const isFloat = ({ dtype }: Weight): boolean => dtype === 'float32';
const noFloat = ({ dtype }: Weight): string => `its dtype is ${dtype}, not float32`;

function skip({ skipped }: Plan, { path }: Weight, reason: string): void {
  skipped.push({ path, reason });
}

function planKernels(weights: readonly Weight[], law: Law): Plan {
  const plan: Plan = { chosen: [], skipped: [] };
  for (const weight of weights)
    if (!isKernel(weight)) skip(plan, weight, 'no kernel: it takes a pattern to change it');
    else if (isFloat(weight)) plan.chosen.push({ weight, law });
    else skip(plan, weight, noFloat(weight));
  const paths = weights.map(({ path }) => path).join(', ');
  checkRange(plan.chosen.length > 0, 'initialize: model must have a kernel of float32', paths);
  return plan;
}

function planPatterns(source: WeightSource, patterns: Readonly<Record<string, Initializer>>): Plan {
  const weights = weightsOf(source, undefined, 'initialize');
  const laws = new Map<string, Law>();
  const entries = Object.entries(patterns).map(([pattern, made]) => [pattern, checkLaw(made, pattern)] as const);
  checkRange(entries.length > 0, 'initialize: patterns must be one or more', patterns);
  for (const [pattern, law] of entries) {
    const free = weightsOf(source, pattern, 'initialize', 'pattern').filter(({ path }) => !laws.has(path));
    checkRange(free.length > 0, 'initialize: pattern must match a weight that no earlier one matched', pattern);
    const [first] = free;
    checkType(free.some(isFloat), `initialize: ${first!.path} must be float32`, first!.dtype);
    for (const { path } of free) laws.set(path, law);
  }
  const plan: Plan = { chosen: [], skipped: [] };
  for (const weight of weights) {
    const law = laws.get(weight.path);
    if (!law) skip(plan, weight, 'no pattern matches it');
    else if (isFloat(weight)) plan.chosen.push({ weight, law });
    else skip(plan, weight, noFloat(weight));
  }
  return plan;
}

/** The stream is named by the stable path: tfjs numbers layers without a name over the whole process. */
function fill({ weight, law }: Choice, seed: number): Filled {
  const { path, shape, stablePath: stream } = weight;
  const fitted = law.fit?.(weight);
  const acting = lawOf(fitted?.initializer) ?? law;
  const counted = fitted?.fans ?? fans(weight);
  const values = valuesFor(acting, shape, { seed, path: stream, fans: counted });
  checkFinite('initialize', 'values', path, values);
  return { path, stream, shape, law, acting, fans: counted, seed, values };
}

/** The values of chosen weights of a source; none is written. */
export const fillAll = (chosen: readonly Choice[], seed: number): Filled[] =>
  chosen.map((choice) => fill(choice, seed));

/**
 * Gives the weights of a built model new values, in place: the optimizer, the compiled model and frozen flags stay.
 *
 * A bare initializer fills every kernel (rank 2 or more, frozen ones too) and leaves biases, with them the unit forget bias of
 * an LSTM, scales and statistics. With patterns each weight gets the first that matches its path; the rest is left. So are weights
 * that are not float32 (a table of int32), with the reason; a pattern that matches nothing else is an error. Fans come
 * from the layer, so depthwise, transposed and gated kernels get the variance that their law states.
 *
 * The values depend on the seed, the path, the shape and the law: not on the backend, on other layers, on what is frozen
 * or on the order of layers. A layer without a name of its own counts by its place among such layers of its kind, since tfjs
 * numbers them over the whole process: build a model twice and it starts the same. All values are made and checked before the
 * first weight changes.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 64, inputShape: [128], name: 'hidden' })] });
 * const report = initialize(model, heNormal(), { seed: 7 });
 * console.log(report.initialized[0].std); // -> 0.125
 *
 * @param source - a built LayersModel or layer, or tf.Variables by name or in a list
 * @param initializer - one for all kernels, or one for each path or glob, as `{ 'conv?/kernel': heNormal(), '**': zeros() }`;
 * the first that matches counts
 * @param options - the seed
 * @returns what was filled with which law and how well it meets it, and what was left and why
 * @throws RangeError for a pattern that matches nothing new, a shape outside the law or no kernel at all; TypeError for
 * anything but initializers of this package; Error when a parametrized weight cannot be written. Nothing has changed then
 */
export function initialize(
  source: WeightSource,
  initializer: Initializer | Readonly<Record<string, Initializer>>,
  options: InitializeOptions = {},
): InitReport {
  checkOptions('initialize', options, ['seed']);
  const { seed = 0 } = options;
  checkSeed('initialize', seed);
  checkType(
    typeof initializer === 'function' || isPlainObject(initializer),
    'initialize: initializer must be an initializer or patterns with one each',
    initializer,
  );
  const weights = weightsOf(source, undefined, 'initialize');
  if (weights.some(({ variable }) => variable === null))
    checkLayer('initialize', 'source, when it is no tf.Variables,', source);
  const { chosen, skipped } =
    typeof initializer === 'function'
      ? planKernels(weights, checkLaw(initializer, 'initializer'))
      : planPatterns(source, initializer);
  checkIdle(
    'initialize',
    chosen.map(({ weight }) => weight),
  );
  const filled = fillAll(chosen, seed);
  const report = reportOn(seed, filled, skipped);
  writeAll(
    'initialize',
    source,
    chosen.map(({ weight }) => weight),
    filled.map(({ values }) => values),
  );
  return report;
}
