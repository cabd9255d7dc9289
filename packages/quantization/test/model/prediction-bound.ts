import type * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import type { QuantizationReport } from '../../src/index.ts';

interface Known {
  values: Float32Array;
  /** Largest magnitude. */
  largest: number;
  /** Largest sum of magnitudes of a column, the last axis. */
  column: number;
  /** No entry moves by more. */
  moved: number;
}

async function known(model: tf.LayersModel, report: QuantizationReport): Promise<(path: string) => Known> {
  const all = new Map<string, Known>();
  for (const weight of weightsOf(model)) {
    const tensor = weight.read();
    const values = (await tensor.data()) as Float32Array;
    tensor.dispose();
    const columns = new Float64Array(weight.shape.at(-1)!);
    for (const [i, x] of values.entries()) columns[i % columns.length]! += Math.abs(x);
    const largest = values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    const moved = report.weights.find(({ path }) => path === weight.path)?.bound ?? 0;
    all.set(weight.path, { values, largest, column: Math.max(...columns), moved });
  }
  return (path) => all.get(path)!;
}

/**
 * A bound of the change of any output of `recurrentModel` for inputs within [-1, 1], from the bounds of its weights alone. Every
 * line is the triangle inequality for one layer, Δ(ab) = Δa b' + a Δb; size is the largest magnitude of what flows, moved its change.
 */
export async function predictionBound(model: tf.LayersModel, report: QuantizationReport): Promise<number> {
  const w = await known(model, report);
  const [kernel, bias] = [w('conv/kernel'), w('conv/bias')];
  let size = kernel.column + bias.largest;
  let moved = 18 * kernel.moved + bias.moved;

  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'movingMean', 'movingVariance'].map((n) =>
    w(`norm/${n}`),
  ) as [Known, Known, Known, Known];
  // d/dv (v + 0.001)^(-1/2) = -1/2 (v + 0.001)^(-3/2), largest at the smallest v.
  const least = Math.min(...variance.values) - variance.moved + 0.001;
  const slope = least ** -0.5;
  const slopeMoved = 0.5 * variance.moved * least ** -1.5;
  const factor = (gamma.largest + gamma.moved) * slope;
  moved =
    factor * (moved + mean.moved) +
    (size + mean.largest) * ((gamma.largest + gamma.moved) * slopeMoved + slope * gamma.moved) +
    beta.moved;
  size = gamma.largest * slope * (size + mean.largest) + beta.largest;

  // LSTM: hardSigmoid has slope 0.2 and values in [0, 1], tanh slope 1 and values in [-1, 1]; 16 inputs, 5 units, 4 steps.
  const [input, recurrent, offset] = [w('lstm/cell/kernel'), w('lstm/cell/recurrentKernel'), w('lstm/cell/bias')];
  let [state, stateMoved, hiddenMoved] = [0, 0, 0];
  for (let step = 0; step < 4; step++) {
    const z =
      (input.column + 16 * input.moved) * moved +
      16 * size * input.moved +
      (recurrent.column + 5 * recurrent.moved) * hiddenMoved +
      5 * recurrent.moved +
      offset.moved;
    stateMoved += 0.2 * z * state + 0.2 * z + z;
    state += 1;
    hiddenMoved = 0.2 * z + stateMoved;
  }
  const [out, last] = [w('out/kernel'), w('out/bias')];
  return (out.column + 5 * out.moved) * hiddenMoved + 5 * out.moved + last.moved;
}
