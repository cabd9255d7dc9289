import { IRIS_FEATURES, IRIS_KINDS, irisFlowers } from '@weightkit/datasets';
import { fillNormal, type Key, permutation, randomKey } from '@weightkit/numerics';

/** What the network learns. */
export const TASKS = ['iris', 'XOR'] as const;
export type Task = (typeof TASKS)[number];

/** The input that says nothing. */
export const NOISE = 'random';
const COUNT = 150;
/** Examples that no training sees, by which inputs are judged. */
export const TEST = 50;

/** Examples: a row of inputs each, and which of the outputs is right; of a single output whether it is. */
export interface Examples {
  count: number;
  x: Float32Array;
  labels: Uint8Array;
}

export interface Problem {
  inputs: string[];
  /** The outputs' names: three kinds, or one. */
  outputs: string[];
  train: Examples;
  test: Examples;
  /** The input whose unit the reader changes. */
  measured: number;
}

/** A column with mean 0 and standard deviation 1. */
function standardized(column: Float32Array): Float32Array {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
  return column.map((value) => (value - mean) / Math.sqrt(variance));
}

function columnsOf(task: Task): { columns: Float32Array[]; labels: Uint8Array } {
  if (task === 'XOR') {
    const column = (bit: number) => Float32Array.from({ length: COUNT }, (_, i) => (i >> bit) & 1);
    return {
      columns: [column(1), column(0)],
      labels: Uint8Array.from({ length: COUNT }, (_, i) => +(i % 4 > 0 && i % 4 < 3)),
    };
  }
  const { features, kinds } = irisFlowers();
  const columns = IRIS_FEATURES.map((_, j) => standardized(features.filter((_, i) => i % IRIS_FEATURES.length === j)));
  return { columns, labels: kinds };
}

function examplesOf(columns: readonly Float32Array[], labels: Uint8Array, places: readonly number[]): Examples {
  return {
    count: places.length,
    x: Float32Array.from(places.flatMap((i) => columns.map((column) => column[i]!))),
    labels: Uint8Array.from(places, (i) => labels[i]!),
  };
}

/**
 * Flowers, or the four corners of XOR again and again, each with one more input: random numbers that say nothing. Inputs that say
 * something are standardized for the flowers, 0 and 1 for XOR.
 *
 * @param spread - the standard deviation of the random input
 */
export function problemOf({ task, spread, seed }: { task: Task; spread: number; seed: number }): Problem {
  const { columns, labels } = columnsOf(task);
  const key: Key = randomKey(seed, 'examples');
  const noise = fillNormal(new Float32Array(COUNT), randomKey(seed, NOISE), { std: spread });
  const all = [...columns, noise];
  const order = Array.from(permutation(COUNT, key));
  return {
    inputs: [...(task === 'iris' ? IRIS_FEATURES : ['x1', 'x2']), NOISE],
    outputs: task === 'iris' ? [...IRIS_KINDS] : ['XOR'],
    train: examplesOf(all, labels, order.slice(TEST)),
    test: examplesOf(all, labels, order.slice(0, TEST)),
    measured: task === 'iris' ? IRIS_FEATURES.indexOf('petal length') : 0,
  };
}

/** The same examples without one of their inputs. */
export function without({ count, x, labels }: Examples, input: number): Examples {
  const inputs = x.length / count;
  return { count, x: x.filter((_, i) => i % inputs !== input), labels };
}

/** The same examples with one of their inputs in another unit: its numbers are multiplied by a factor. */
export function inUnits({ count, x, labels }: Examples, input: number, factor: number): Examples {
  const inputs = x.length / count;
  return { count, x: x.map((value, i) => (i % inputs === input ? value * factor : value)), labels };
}

/** Of each input the mean of all examples, or the lowest value. */
export function baselineOf({ count, x }: Examples, kind: 'average' | 'lowest'): number[] {
  const inputs = x.length / count;
  return Array.from({ length: inputs }, (_, j) => {
    const column = Array.from(x).filter((_, i) => i % inputs === j);
    return kind === 'lowest' ? Math.min(...column) : column.reduce((sum, value) => sum + value, 0) / count;
  });
}
