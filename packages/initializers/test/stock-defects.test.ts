import * as tf from '@tensorflow/tfjs';
import { fans } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it, vi } from 'vitest';
import { heNormal, normal, orthogonal, uniform, varianceScaling } from '../src/index.ts';
import { layerInitializer } from '../src/layers.ts';
import { spreadOf } from './support.ts';

const stock = tf.initializers;
const shape = [100, 300];
// Five standard errors of a truncated normal's standard deviation: kurtosis below 2.4.
const bound = 5 * Math.sqrt(1.4 / (4 * 30000));

describe('what stock initializers of tfjs 4.22 get wrong and these do not', () => {
  it('heNormal() has the standard deviation that it states; stock has 0.88 of it', async () => {
    const ratio = async (values: Promise<Float32Array>) => spreadOf(await values).std / Math.sqrt(2 / 100);
    expect(Math.abs((await ratio(valuesOf(stock.heNormal({ seed: 1 }).apply(shape)))) - 0.8796)).toBeLessThan(bound);
    expect(Math.abs((await ratio(valuesOf(heNormal()(shape, { seed: 1 })))) - 1)).toBeLessThan(bound);
  });

  it('heNormal()(shape, { fans }) reads a depthwise kernel right; stock has a ninth of the standard deviation', async () => {
    const depthwise = [3, 3, 64, 1];
    const given = fans(depthwise, { kind: 'depthwise' });
    const right = Math.sqrt(2 / 9);
    expect(spreadOf(await valuesOf(stock.heNormal({ seed: 1 }).apply(depthwise))).std).toBeLessThan(right / 7);
    const ours = spreadOf(await valuesOf(heNormal()(depthwise, { fans: given }))).std;
    expect(Math.abs(ours / right - 1)).toBeLessThan(5 * Math.sqrt(1.4 / (4 * 576)));
  });

  it('uniform({ min: 0 }) starts at 0; stock starts at -0.05', async () => {
    const theirs = await valuesOf(stock.randomUniform({ minval: 0, maxval: 1, seed: 1 }).apply(shape));
    expect(Math.min(...theirs)).toBeLessThan(-0.04);
    expect(Math.min(...(await valuesOf(uniform({ min: 0, max: 1 })(shape))))).toBeGreaterThanOrEqual(0);
  });

  it('normal({ std: 0 }) is constant; stock has a standard deviation of 0.05', async () => {
    const theirs = await valuesOf(stock.randomNormal({ mean: 1, stddev: 0, seed: 1 }).apply(shape));
    expect(spreadOf(theirs, 1).std).toBeGreaterThan(0.045);
    expect(spreadOf(await valuesOf(normal({ mean: 1, std: 0 })(shape)), 1).std).toBe(0);
  });

  it('seed 0 is a seed; stock draws anew each time', async () => {
    const theirs = () => valuesOf(stock.heNormal({ seed: 0 }).apply([4, 4]));
    expect(await theirs()).not.toEqual(await theirs());
    const ours = () => valuesOf(heNormal()([4, 4], { seed: 0 }));
    expect(await ours()).toEqual(await ours());
  });

  it('orthogonal() needs no options; stock throws', () => {
    expect(() => (stock.orthogonal as unknown as () => unknown)()).toThrow();
    expect(orthogonal().config).toEqual({ gain: 1 });
  });

  it('varianceScaling({ scale: 0 }) is refused; stock fills with zeros', async () => {
    const theirs = await valuesOf(
      stock.varianceScaling({ scale: 0, mode: 'fanIn', distribution: 'uniform' }).apply([2, 2]),
    );
    expect(theirs.every((x) => Math.abs(x) === 0)).toBe(true);
    expect(() => varianceScaling({ scale: 0 })).toThrow('varianceScaling: scale must be finite and above 0, got 0');
  });

  it('one instance gives two layers of one shape different values; stock gives them the same', async () => {
    const pair = async (init: { apply(shape: number[]): tf.Tensor }) =>
      Promise.all([init, init].map((i) => valuesOf(i.apply([3, 3]))));
    const [a, b] = await pair(stock.heNormal({ seed: 5 }));
    expect(a).toEqual(b);
    const [c, d] = await pair(layerInitializer(heNormal(), { seed: 5 }));
    expect(c).not.toEqual(d);
  });

  it('orthogonal()([64, 64]) is more than ten times as fast as stock', () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const time = (make: () => tf.Tensor) => {
      const start = performance.now();
      make().dispose();
      return performance.now() - start;
    };
    time(() => orthogonal()([64, 64], { seed: 1 }));
    const ours = Math.min(...[2, 3, 4].map((seed) => time(() => orthogonal()([64, 64], { seed }))));
    const theirs = time(() => stock.orthogonal({ seed: 1 }).apply([64, 64]));
    quiet.mockRestore();
    expect(theirs / ours).toBeGreaterThan(10);
  });
});
