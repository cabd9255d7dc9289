// Data from which weights are to be found. Nothing here loads TensorFlow.js.
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';

export const TASKS = ['sparse regression', 'polynomial'] as const;
export type Task = (typeof TASKS)[number];

export interface ProblemParams {
  task: Task;
  /** Training examples. */
  examples: number;
  /** Weights: inputs of the regression, or terms of the polynomial. */
  features: number;
  /** Standard deviation of the noise on the targets. */
  noise: number;
  seed: number;
}

/** Examples: a row of features for each, and its target. */
export interface Rows {
  x: number[][];
  y: number[];
}

export interface Problem {
  train: Rows;
  /** Fresh examples of the same law. */
  test: Rows;
  /** The weights without noise, and from any number of examples. */
  planted: number[];
  /** Where the training examples of the polynomial are. */
  places: number[];
}

/** The weights of the regression that are not 0. */
export const PLANTED: readonly number[] = [3, -2.5, 2, -1.5, 1];
/** Test examples. */
export const TEST = 500;
/** Planted weights above this matter. */
const MATTERS = 0.1;
/** Places at which a mean over the law of the places is taken: exact for polynomials of this degree and far beyond. */
const NODES = 256;

/** The curve that the polynomial is to find. */
export const curve = (place: number): number => 3 * Math.sin(Math.PI * place);

/** Terms of a polynomial at a place in [-1, 1]: √2 times the Chebyshev polynomials of degree 1, 2, ..., each of mean square 1. */
export function termsAt(place: number, count: number): number[] {
  const angle = Math.acos(Math.min(1, Math.max(-1, place)));
  return Array.from({ length: count }, (_, k) => Math.SQRT2 * Math.cos((k + 1) * angle));
}

/** Whether a weight should be there at all. */
export const matters = (planted: number): boolean => Math.abs(planted) > MATTERS;

const normals = (count: number, seed: number, path: string): number[] =>
  Array.from(fillNormal(new Float32Array(count), randomKey(seed, path)));
const uniforms = (count: number, seed: number, path: string): number[] =>
  Array.from(fillUniform(new Float32Array(count), randomKey(seed, path)));

/** Weighted sum of a row. */
export function dot(row: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += row[j]! * weights[j]!;
  return sum;
}

function regression({ examples, features, noise, seed }: ProblemParams): Problem {
  const planted = Array.from({ length: features }, (_, j) => PLANTED[j] ?? 0);
  const rows = (count: number, path: string): Rows => {
    const values = normals(count * features, seed, `${path}/x`);
    const x = Array.from({ length: count }, (_, i) => values.slice(i * features, (i + 1) * features));
    const off = normals(count, seed, `${path}/noise`);
    return { x, y: x.map((row, i) => dot(row, planted) + noise * off[i]!) };
  };
  return { train: rows(examples, 'train'), test: rows(TEST, 'test'), planted, places: [] };
}

function polynomial({ examples, features, noise, seed }: ProblemParams): Problem {
  // Places denser at the ends, where a polynomial swings most: the terms are uncorrelated over them.
  const placeOf = (share: number) => Math.cos(Math.PI * (1 - share));
  const rows = (places: readonly number[], path: string): Rows => {
    const off = normals(places.length, seed, `${path}/noise`);
    return {
      x: places.map((place) => termsAt(place, features)),
      y: places.map((place, i) => curve(place) + noise * off[i]!),
    };
  };
  // One place in each of equal parts, so that none is far from all.
  const places = uniforms(examples, seed, 'train/x').map((share, i) => placeOf((i + share) / examples));
  const nodes = Array.from({ length: NODES }, (_, i) => placeOf((i + 0.5) / NODES));
  const planted = Array.from({ length: features }, (_, k) => {
    const mean = nodes.reduce((sum, node) => sum + curve(node) * termsAt(node, k + 1)[k]!, 0) / NODES;
    return Math.abs(mean) < 1e-9 ? 0 : mean;
  });
  const test = uniforms(TEST, seed, 'test/x').map(placeOf);
  return { train: rows(places, 'train'), test: rows(test, 'test'), planted, places };
}

/** The examples of these parameters. */
export const problemOf = (params: ProblemParams): Problem =>
  params.task === 'polynomial' ? polynomial(params) : regression(params);
