import { cholesky, matrixProduct, solveTriangular } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { lbfgs } from './lbfgs.ts';

/** Examples and what is to be said of them, in float64, row-major. */
export interface Examples {
  x: Float64Array;
  /** Rows of numbers to fit, or of shares of classes. */
  y: Float64Array;
  rows: number;
  inputs: number;
  outputs: number;
}

/** Weights x W + b, in float64. */
export interface LinearFit {
  kernel: Float64Array;
  bias: Float64Array;
  /** What was minimized, at these weights. */
  loss: number;
  /** The largest magnitude in its gradient. */
  slope: number;
  iterations: number;
}

/** How a fit is made. */
export interface FitRule {
  kind: 'logistic' | 'ridge';
  penalty: number;
  tolerance: number;
  maxIterations: number;
}

function meansOf(values: Float64Array, rows: number, cols: number): Float64Array {
  const means = new Float64Array(cols);
  for (let i = 0; i < values.length; i++) means[i % cols]! += values[i]! / rows;
  return means;
}

const centered = (values: Float64Array, means: Float64Array): Float64Array =>
  values.map((value, i) => value - means[i % means.length]!);

const halfSquare = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0) / 2;

/** b for which x W + b is the same with x − means. */
function biasOf(bias: Float64Array, means: Float64Array, kernel: Float64Array): Float64Array {
  const result = bias.slice();
  for (let i = 0; i < kernel.length; i++) result[i % bias.length]! -= means[Math.floor(i / bias.length)]! * kernel[i]!;
  return result;
}

/** The solution of A X = B for A symmetric and positive definite. */
function solvePositive(a: Float64Array, b: Float64Array, size: number, cols: number): Float64Array {
  const lower = cholesky(a, { rows: size, cols: size });
  const half = solveTriangular(lower, b, { size, cols, lower: true });
  return solveTriangular(lower, half, { size, cols, lower: true, transposed: true });
}

/**
 * Ridge regression: the least of ‖x W + b − y‖² / 2n + λ ‖W‖² / 2, in closed form (Hoerl and Kennard 1970,
 * https://doi.org/10.1080/00401706.1970.10488634), by the smaller of the two systems, of inputs or of examples.
 */
export function ridge({ x, y, rows, inputs, outputs }: Examples, penalty: number): LinearFit {
  const [xMeans, yMeans] = [meansOf(x, rows, inputs), meansOf(y, rows, outputs)];
  const [xc, yc] = [centered(x, xMeans), centered(y, yMeans)];
  const dual = inputs > rows;
  const size = dual ? rows : inputs;
  const transposed = transpose(xc, rows, inputs);
  const gram = dual
    ? matrixProduct(xc, transposed, { rows, inner: inputs, cols: rows })
    : matrixProduct(xc, xc, { rows: inputs, inner: rows, cols: inputs, transposed: true });
  for (let i = 0; i < size; i++) gram[i * size + i]! += penalty * rows;
  const right = dual ? yc : matrixProduct(xc, yc, { rows: inputs, inner: rows, cols: outputs, transposed: true });
  const solved = solvePositive(gram, right, size, outputs);
  const kernel = dual
    ? matrixProduct(xc, solved, { rows: inputs, inner: rows, cols: outputs, transposed: true })
    : solved;
  const left = matrixProduct(xc, kernel, { rows, inner: inputs, cols: outputs }).map((value, i) => value - yc[i]!);
  const gradient = matrixProduct(xc, left, { rows: inputs, inner: rows, cols: outputs, transposed: true });
  return {
    kernel,
    bias: biasOf(yMeans, xMeans, kernel),
    loss: halfSquare(left) / rows + penalty * halfSquare(kernel),
    slope: gradient.reduce((most, value, i) => Math.max(most, Math.abs(value / rows + penalty * kernel[i]!)), 0),
    iterations: 1,
  };
}

function transpose(values: Float64Array, rows: number, cols: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[(i % cols) * rows + Math.floor(i / cols)] = values[i]!;
  return result;
}

/** Turns scores into softmax(scores) − y, row by row; the sum of the cross entropies. */
function residuals(scores: Float64Array, y: Float64Array, outputs: number): number {
  let loss = 0;
  for (let at = 0; at < scores.length; at += outputs) {
    const row = scores.subarray(at, at + outputs);
    const most = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, score) => total + Math.exp(score - most), 0);
    const logSum = most + Math.log(sum);
    for (let k = 0; k < outputs; k++) {
      const share = y[at + k]!;
      loss += share * (logSum - row[k]!);
      row[k] = Math.exp(row[k]! - logSum) - share;
    }
  }
  return loss;
}

/** Multinomial logistic regression: the least of the mean cross entropy of softmax(x W + b) + λ ‖W‖² / 2, by L-BFGS from zeros. */
export function logistic(
  { x, y, rows, inputs, outputs }: Examples,
  { penalty, tolerance, maxIterations }: Omit<FitRule, 'kind'>,
): LinearFit {
  const means = meansOf(x, rows, inputs);
  // The bias takes the means up: the same minimum, found sooner.
  const xc = centered(x, means);
  const size = inputs * outputs;
  const { x: found, ...end } = lbfgs(
    new Float64Array(size + outputs),
    (point, gradient) => {
      const kernel = point.subarray(0, size);
      const scores = matrixProduct(xc, kernel, { rows, inner: inputs, cols: outputs });
      for (let i = 0; i < scores.length; i++) scores[i]! += point[size + (i % outputs)]!;
      const loss = residuals(scores, y, outputs);
      const slopes = matrixProduct(xc, scores, { rows: inputs, inner: rows, cols: outputs, transposed: true });
      for (let i = 0; i < size; i++) gradient[i] = slopes[i]! / rows + penalty * kernel[i]!;
      gradient.fill(0, size);
      for (let i = 0; i < scores.length; i++) gradient[size + (i % outputs)]! += scores[i]! / rows;
      return loss / rows + penalty * halfSquare(kernel);
    },
    tolerance,
    maxIterations,
  );
  const kernel = found.slice(0, size);
  return {
    kernel,
    bias: biasOf(found.slice(size), means, kernel),
    loss: end.value,
    slope: end.slope,
    iterations: end.iterations,
  };
}

/** The one or the other. */
export const linearFit = (fn: string, examples: Examples, rule: FitRule): LinearFit => {
  const { kind, penalty } = rule;
  if (kind === 'logistic') return logistic(examples, rule);
  try {
    return ridge(examples, penalty);
  } catch (cause) {
    checkRange(false, `${fn}: penalty must be larger for features that depend on each other`, penalty);
    throw cause;
  }
};

/** x W + b. */
export function scoresOf(
  x: Float64Array,
  { kernel, bias }: Pick<LinearFit, 'kernel' | 'bias'>,
  { rows, inputs, outputs }: Omit<Examples, 'x' | 'y'>,
): Float64Array {
  const scores = matrixProduct(x, kernel, { rows, inner: inputs, cols: outputs });
  return scores.map((score, i) => score + bias[i % outputs]!);
}

/** The place of the largest in each row, the first of equals. */
export function classesOf(values: Float64Array, outputs: number): number[] {
  return Array.from({ length: values.length / outputs }, (_, i) => {
    const row = values.subarray(i * outputs, (i + 1) * outputs);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
}

/** The share of examples whose largest score is that of their class. */
export function accuracyOf(scores: Float64Array, y: Float64Array, outputs: number): number {
  const wanted = classesOf(y, outputs);
  return classesOf(scores, outputs).filter((place, i) => place === wanted[i]).length / wanted.length;
}
