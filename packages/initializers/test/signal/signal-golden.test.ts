import * as tf from '@tensorflow/tfjs';
import { fans, fillMissingKernels, weightsOf } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { allowBackend } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type SignalReport, signalReport } from '../../src/index.ts';
import { golden } from '../support.ts';

type Symbolic = tf.SymbolicTensor;

interface Node {
  id: string;
  kind?: string;
  of?: string;
  from: string[];
  nodes?: Node[];
  shape?: number[];
}
interface Estimate {
  mean: number;
  error: number;
}
interface Case {
  name: string;
  gain: number;
  bias?: number;
  inputs: { shape: number[]; tokens?: number }[];
  outputs?: string[];
  nodes: Node[];
  layers: {
    id: string;
    forward: Estimate;
    backward: Estimate;
    chi: Estimate | null;
    spread: number;
    once: { variance: number; gradient: number };
  }[];
}

const CASES = golden<Case>('signal');

/** The net of golden/signal/cases.mjs as a model. */
function modelOf({ inputs, nodes, outputs }: Pick<Case, 'inputs' | 'nodes' | 'outputs'>, first = 'x'): tf.LayersModel {
  const symbols = inputs.map(({ shape }) => tf.input({ shape }));
  const values = new Map(symbols.map((input, i) => [first === 'x' ? `x${i}` : first, input]));
  const layers = new Map<string, tf.layers.Layer>();
  const make = tf.layers as unknown as Record<string, (config: object) => tf.layers.Layer>;
  for (const { id, kind, of, from, nodes: inner, shape, ...config } of nodes) {
    const recurrent = kind === 'lstm' || kind === 'gru' ? { recurrentInitializer: 'zeros' } : {};
    const layer =
      layers.get(of ?? '') ??
      (inner
        ? modelOf({ inputs: [{ shape: shape! }], nodes: inner }, 'in')
        : make[kind!]!({ ...config, ...recurrent, name: id }));
    layers.set(id, layer);
    const given = from.map((name) => values.get(name)!);
    values.set(id, layer.apply(given.length > 1 ? given : given[0]!) as Symbolic);
  }
  const ends = outputs ?? [nodes.at(-1)!.id];
  return tf.model({ inputs: symbols, outputs: ends.map((id) => values.get(id)!) });
}

/** As golden/signal.mjs has them: weights that no start changes. */
const FIXED: Record<string, (i: number) => number> = {
  gamma: (i) => 0.5 + 0.25 * (i % 4),
  beta: (i) => 0.1 * (i % 3),
  movingMean: (i) => 0.2 * (i % 2),
  movingVariance: (i) => 1 + 0.5 * (i % 3),
  alpha: (i) => 0.1 + 0.2 * (i % 4),
};

function setWeights(
  model: tf.LayersModel,
  { gain, bias = 0 }: Case,
  fill: (name: string, size: number, std: number) => Float32Array,
): void {
  for (const weight of weightsOf(model)) {
    const { property, shape, layer, path } = weight;
    const size = shape.reduce((a, b) => a * b, 1);
    const recurrent = /lstm|gru/.test(path);
    const name = recurrent ? path.split('/')[0]! : layer!.name;
    const known: Record<string, number> = { bias: recurrent ? 0 : bias, embeddings: 1 };
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const std = known[property!] ?? Math.sqrt(recurrent ? 1 / rows : gain / fans(weight).fanIn);
    const fixed = FIXED[property!];
    const values = fixed
      ? Float32Array.from({ length: size }, (_, i) => fixed(i))
      : fill(`${name}/${property}`, size, std);
    tf.tidy(() => weight.variable!.assign(tf.tensor(values, [...shape])));
  }
}

const drawn = (name: string, size: number, std: number): Float32Array =>
  std === 0 ? new Float32Array(size) : fillNormal(new Float32Array(size), randomKey(5, name), { std });

const batchOf = ({ inputs }: Case): tf.Tensor[] =>
  inputs.map(({ shape, tokens }, i) => {
    const size = 3 * shape.reduce((a, b) => a * b, 1);
    const values = tokens
      ? Float32Array.from({ length: size }, (_, k) => (k * 3 + 1) % tokens)
      : drawn(`x${i}`, size, 1);
    return tf.tensor(values, [3, ...shape]);
  });

const WITHOUT = /pool|lstm|gru/i;
const all = (nodes: readonly Node[]): Node[] => nodes.flatMap((node) => [node, ...all(node.nodes ?? [])]);
const isHomogeneous = ({ bias, nodes }: Case): boolean =>
  !bias && !all(nodes).some((node) => /tanh|selu|elu"|sigmoid|Normalization|lstm|gru/.test(JSON.stringify(node)));

/**
 * Four and a half standard errors of the starts, and for activations other than straight ones through 0 what finite widths add:
 * the theory takes φ(E q) for E φ(q), q the variance of z given the layers before; the second order is q² φ'' / 2 times the
 * relative variance of q, which `spread` is. q² |φ''| / (2 φ) is at most 1 for these φ, layer normalization's 1 / q the worst.
 */
const toleranceOf = (one: Case, { mean, error }: Estimate): number =>
  (4.5 * error) / mean +
  (isHomogeneous(one) ? 0 : one.layers.reduce((sum, { spread }) => sum + Math.max(0, spread), 0));

describe('signalReport(model) predicts what many starts have on the average:', () => {
  it.each(CASES)('$name', async (one) => {
    const model = modelOf(one);
    // The mean square exactly the law's.
    setWeights(model, one, (_, size, std) => Float32Array.from({ length: size }, (_, i) => (i % 2 ? std : -std)));
    const { layers, withoutRule } = await signalReport(model);
    const named = all(one.nodes).filter(({ kind }) => WITHOUT.test(kind ?? ''));
    expect(withoutRule.map(({ path }) => path)).toEqual(named.map(({ id }) => id));
    for (const { id, forward, backward, chi } of one.layers) {
      const layer = layers.find(({ path }) => path.split('/').at(-1) === id)!;
      const pairs = [
        ['forward', layer.forward.predicted, forward],
        ['backward', layer.backward.predicted, backward],
        ['chi', layer.chi, chi],
      ] as const;
      for (const [what, predicted, estimate] of pairs) {
        if (named.length === 0) expect(predicted === null, `${id} ${what}`).toBe(estimate === null);
        if (predicted === null || estimate === null) continue;
        expect(Math.abs(predicted / estimate.mean - 1), `${id} ${what}: ${predicted} ${estimate.mean}`).toBeLessThan(
          toleranceOf(one, estimate),
        );
      }
    }
    expect(layers.at(-1)!.backward.predicted).toBeCloseTo(1, 10);
    model.dispose();
  });
});

// Sums of at most 300 products, each with an error below 2^-24: 300 / 2^24 a layer, four layers, both ways, squared.
const ROUNDING = (300 / 2 ** 24) * 4 * 2;

describe('signalReport(model, batch) measures what float64 computes of one start:', () => {
  it.each(CASES)('$name', async (one) => {
    const model = modelOf(one);
    setWeights(model, one, drawn);
    const x = batchOf(one);
    // Stock Conv3DTranspose gives wrong numbers on wasm in tfjs 4.22, in `predict` too.
    const filled = tf.getBackend() === 'wasm' && one.name === 'conv3dTranspose' ? fillMissingKernels() : null;
    let report: SignalReport | undefined;
    await allowBackend('cpu', async () => {
      report = await signalReport(model, x);
    });
    filled?.restore();
    const { layers, backwardError } = report!;
    expect(backwardError).toBeNull();
    expect(layers.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(one.layers.map(({ id }) => id).sort());
    for (const { id, once } of one.layers) {
      const { forward, backward } = layers.find(({ path }) => path.split('/').at(-1) === id)!;
      expect(Math.abs(forward.measured! / once.variance - 1), `${id} forward`).toBeLessThan(ROUNDING);
      expect(Math.abs(backward.measured! / once.gradient - 1), `${id} backward`).toBeLessThan(ROUNDING);
      // Behind and before layers without a rule it goes on from what was measured.
      expect(forward.predicted).toBeGreaterThan(0);
      expect(backward.predicted).toBeGreaterThan(0);
    }
    tf.dispose(x);
    model.dispose();
  });
});
