import * as tf from '@tensorflow/tfjs-core';
import { type Fans, fans, type Weight } from '@weightkit/core';
import { type Key, randomKey } from '@weightkit/numerics';
import { checkNumber, checkNumbers, checkOptions, checkRange, checkSeed, checkType } from '@weightkit/numerics/check';

/** What an {@link Initializer} is called with, beside the shape. */
export interface InitializerOptions {
  /**
   * Any safe integer, 0 and negative ones included.
   *
   * @defaultValue 0
   */
  seed?: number;
  /**
   * What the values are for, as a weight's path: another path is another random stream.
   *
   * @defaultValue the empty path
   */
  path?: string;
  /**
   * Fan-in and fan-out, finite and 0 or more, where the bare shape misleads (depthwise kernels, RNN gates, biases).
   *
   * @defaultValue `fans(shape)` of `@weightkit/core`
   */
  fans?: Fans;
}

/**
 * A law of initial values: a function from a shape to a new float32 tensor, which the caller disposes. The same seed, path,
 * shape and fans give the same values, bit for bit, on every backend; another path gives others.
 */
export interface Initializer {
  (shape: readonly number[], options?: InitializerOptions): tf.Tensor;
  /** The export that made it: `heNormal`. */
  readonly law: string;
  /** The options that it was made with, defaults filled in. */
  readonly config: Readonly<Record<string, number | string | boolean>>;
}

/** Mean, standard deviation and (non-excess) kurtosis of a law. */
export interface Spread {
  mean: number;
  std: number;
  kurtosis: number;
}

/** The fans for a weight of a model, and the initializer where it is another, where it takes more than a shape to know them. */
export interface Fitted {
  initializer?: Initializer;
  fans: Fans;
}

/** What is behind an {@link Initializer}. */
export interface Law {
  name: string;
  config: Record<string, number | string | boolean>;
  /** Fills a non-empty array. */
  fill(out: Float32Array, key: Key, shape: readonly number[], fans: Fans): void;
  spread(fans: Fans, shape: readonly number[]): Spread;
  /** Throws for shapes that the law does not cover, before any memory is taken. */
  check?(shape: readonly number[], fans: Fans | undefined): void;
  /** How the law reads fans off a bare shape; `fans` of core when left out. */
  fansOf?(shape: readonly number[]): Fans;
  fit?(weight: Weight): Fitted;
  /** How far filled values are from orthogonal. */
  residual?(values: Float32Array, shape: readonly number[]): number;
}

const laws = new WeakMap<Initializer, Law>();

/** The law behind an initializer, or undefined when this package did not make it. */
export const lawOf = (initializer: unknown): Law | undefined =>
  typeof initializer === 'function' ? laws.get(initializer as Initializer) : undefined;

const MOST = 2 ** 30;

function sizeOf(law: string, shape: readonly number[]): number {
  checkType(Array.isArray(shape), `${law}: shape must be a list of sizes`, shape);
  checkNumbers(
    `${law}: shape must be a list of sizes, integers of 0 or more`,
    shape,
    (size) => Number.isSafeInteger(size) && size >= 0,
  );
  const size = shape.reduce((a, b) => a * b, 1);
  checkRange(size < MOST, `${law}: shape must have fewer than 2^30 entries`, shape);
  return size;
}

function checkFans(law: string, given: Fans | undefined): void {
  if (given === undefined) return;
  checkOptions(law, given, ['fanIn', 'fanOut'], 'fans');
  for (const name of ['fanIn', 'fanOut'] as const)
    checkNumber(`${law}: ${name} must be a finite number of 0 or more`, given[name], (n) => n >= 0 && n < Infinity);
}

/** The values of a law as a typed array. */
export function valuesFor(law: Law, shape: readonly number[], options: InitializerOptions = {}): Float32Array {
  checkOptions(law.name, options, ['seed', 'path', 'fans']);
  const { seed = 0, path = '', fans: given } = options;
  const size = sizeOf(law.name, shape);
  checkSeed(law.name, seed);
  checkType(typeof path === 'string', `${law.name}: path must be a string`, path);
  checkFans(law.name, given);
  law.check?.(shape, given);
  const counted = given ?? (law.fansOf ?? fans)(shape);
  const out = new Float32Array(size);
  if (size > 0) law.fill(out, path === '' ? randomKey(seed) : randomKey(seed, path), shape, counted);
  return out;
}

/** Makes a law callable. */
export function makeInitializer(law: Law): Initializer {
  const call = (shape: readonly number[], options?: InitializerOptions) =>
    tf.tensor(valuesFor(law, shape, options), [...shape], 'float32');
  const initializer = Object.freeze(Object.assign(call, { law: law.name, config: Object.freeze({ ...law.config }) }));
  laws.set(initializer, law);
  return initializer;
}

/** Throws unless a function that takes no options got none: a seed given to it would be lost. */
export function checkNoOptions(law: string, given: readonly unknown[]): void {
  checkType(
    given.length === 0,
    `${law}: there must be no options (a seed belongs to initialize, layerInitializer or the call)`,
    given[0],
  );
}

/** Throws unless a number has a finite float32. */
export function checkFloat(law: string, name: string, value: number): void {
  checkRange(
    typeof value === 'number' && Number.isFinite(Math.fround(value)),
    `${law}: ${name} must be a finite float32`,
    value,
  );
}
