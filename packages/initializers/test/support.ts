import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import * as kit from '../src/index.ts';

/** The cases of a golden file; golden/initializers.py says which call made each. */
export function golden<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8')).cases;
}

/** An initializer by its name; without options where there are none. */
export function make(law: string, config: Readonly<Record<string, number | string | boolean>> = {}): kit.Initializer {
  const factory = new Map(Object.entries(kit)).get(law) as (...options: object[]) => kit.Initializer;
  return Object.keys(config).length === 0 ? factory() : factory(config);
}

/** Every law, with options where it has some. */
export const TABLE: readonly [law: string, config: Record<string, number | string | boolean>][] = [
  ['constant', { value: 0.25 }],
  ['zeros', {}],
  ['ones', {}],
  ['uniform', { min: -0.5, max: 1.5 }],
  ['normal', { mean: 0.3, std: 0.7 }],
  ['truncatedNormal', { mean: 0.1, std: 0.4, lower: -1, upper: 2.5 }],
  ['varianceScaling', { scale: 1.5, mode: 'fanOut', distribution: 'normal' }],
  ['heNormal', {}],
  ['heUniform', {}],
  ['glorotNormal', {}],
  ['glorotUniform', {}],
  ['lecunNormal', {}],
  ['lecunUniform', {}],
  ['orthogonal', { gain: 1.5 }],
  ['torchDefault', {}],
  ['siren', { first: false, omega: 20 }],
];

/** The laws that take only shapes of some ranks, with such a shape. */
export const OF_RANK: readonly [law: string, config: Record<string, number | string | boolean>, shape: number[]][] = [
  ['chronoBias', { longest: 50 }, [12]],
  ['deltaOrthogonal', { gain: 1.5 }, [3, 3, 2, 4]],
  ['dirac', { groups: 2 }, [3, 3, 2, 4]],
  ['forgetBias', { value: 0.5 }, [12]],
  ['identity', { gain: 0.5 }, [4, 3]],
  ['sparse', { sparsity: 0.6, std: 0.02 }, [10, 4]],
];

/** Those of the table that leave something to chance. */
export const RANDOM = TABLE.filter(([law]) => !['constant', 'zeros', 'ones'].includes(law));

/** Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), Marsaglia 2004; to rounding for |x| < 6. */
export function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Largest distance of the empirical distribution of the values from a cdf. */
export function ksDistance(values: Float32Array, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  let worst = 0;
  for (const [i, x] of sorted.entries()) {
    const p = cdf(x);
    worst = Math.max(worst, p - i / sorted.length, (i + 1) / sorted.length - p);
  }
  return worst;
}

/** By Dvoretzky, Kiefer and Wolfowitz (Massart 1990) a sound sample of n is farther than this once in a million seeds. */
export const ksBound = (n: number): number => Math.sqrt(Math.log(2e6) / (2 * n));

/** Mean, and root mean square about a given mean. */
export function spreadOf(values: Float32Array, about = 0): { mean: number; std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const square = values.reduce((a, b) => a + (b - about) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(square) };
}

/** The tfjs layer of each golden module, on its own in a model. */
export const LAYERS: Record<string, () => tf.layers.Layer[]> = {
  dense: () => [tf.layers.dense({ units: 30, inputShape: [40] })],
  conv2d: () => [tf.layers.conv2d({ filters: 10, kernelSize: [3, 5], inputShape: [7, 7, 6] })],
  depthwiseConv2d: () => [tf.layers.depthwiseConv2d({ depthMultiplier: 2, kernelSize: 3, inputShape: [7, 7, 6] })],
  conv2dTranspose: () => [tf.layers.conv2dTranspose({ filters: 10, kernelSize: 3, inputShape: [7, 7, 6] })],
  lstm: () => [tf.layers.lstm({ units: 16, inputShape: [4, 12], recurrentInitializer: 'zeros' })],
  gru: () => [tf.layers.gru({ units: 16, inputShape: [4, 12], recurrentInitializer: 'zeros' })],
  simpleRNN: () => [tf.layers.simpleRNN({ units: 16, inputShape: [4, 12], recurrentInitializer: 'zeros' })],
  embedding: () => [tf.layers.embedding({ inputDim: 50, outputDim: 20, inputShape: [3] })],
  batchNormalization: () => [tf.layers.batchNormalization({ inputShape: [8] })],
  prelu: () => [tf.layers.prelu({ inputShape: [8] })],
};
