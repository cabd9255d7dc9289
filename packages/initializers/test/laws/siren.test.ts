import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { normal, type SirenOptions, siren, uniform } from '../../src/index.ts';
import { lawOf } from '../../src/laws/initializer.ts';
import { ksBound, ksDistance, spreadOf } from '../support.ts';

it.each<[options: SirenOptions, limit: number]>([
  [{ first: true }, 1 / 64],
  [{ first: true, omega: 5 }, 1 / 64],
  [{}, Math.sqrt(6 / 64) / 30],
  [{ omega: 1 }, Math.sqrt(6 / 64)],
])('siren(%j)([64, 80]) is uniform between the limits of the paper', async (options, limit) => {
  const values = await valuesOf(siren(options)([64, 80], { seed: 3 }));
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit * (1 + 2 ** -23));
  expect(ksDistance(values, (x) => (x + limit) / (2 * limit))).toBeLessThan(ksBound(values.length));
  const { std } = lawOf(siren(options))!.spread({ fanIn: 64, fanOut: 80 }, [64, 80]);
  // Uniform: sqrt(0.8 / (4 n)) relative, five times.
  expect(Math.abs(spreadOf(values).std / std - 1)).toBeLessThan(5 * Math.sqrt(0.2 / values.length));
});

it('siren()(shape, { fans }) counts the fan-in that it is given: a depthwise kernel has its window', async () => {
  const values = await valuesOf(siren({ omega: 1 })([3, 3, 6, 1], { fans: { fanIn: 6, fanOut: 6 } }));
  const same = await valuesOf(uniform({ min: -1, max: 1 })([3, 3, 6, 1]));
  expect(values).toEqual(same);
});

it('siren() keeps the products of a network of sines at one deviation, layer after layer', async () => {
  // sin of a normal of variance v has variance (1 - e^-2v) / 2 and the weights have 2 / n: v -> 1 - e^-2v, fixed at 0.7968.
  const layer = siren({ omega: 1 });
  const products = tf.tidy(() => {
    let x = normal({ std: 0.9 })([128, 128], { seed: 1 });
    for (const path of ['a', 'b', 'c', 'd', 'e']) x = tf.matMul(tf.sin(x), layer([128, 128], { seed: 2, path }));
    return x;
  });
  // 2^14 products that share 2^14 weights: five times sqrt(2 / 2^14), and as much again for each layer, damped by 0.41 a layer.
  expect(Math.abs(spreadOf(await valuesOf(products)).std ** 2 / 0.7968 - 1)).toBeLessThan(0.1);
  products.dispose();
});

it('siren(options) refuses what is no option of it', () => {
  for (const omega of [0, -1, Number.NaN, Infinity, '30'])
    expect(() => siren({ omega: omega as number })).toThrow('siren: omega must be finite and above 0, got');
  expect(() => siren({ first: 1 as never })).toThrow('siren: first must be true or false, got 1');
  expect(() => siren({ omega: 1e300 })([3, 3])).toThrow('siren: the limit of shape [3,3] must be a float32 above 0');
});
