import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { cosineSimilarity } from '../../src/statistics/cosine-similarity.ts';
import { frobeniusNorm } from '../../src/statistics/frobenius-norm.ts';

const one = async (scalar: tf.Tensor) => (await valuesOf(scalar))[0]!;
const TINY = 2 ** -149;

/** Whether the backend under test computes with entries below 2^-126; WebGPU and some others take them for 0. */
const keepsSubnormals = async () => (await one(tf.mul(tf.tensor1d([TINY]), 2 ** 64))) > 0;

describe('values at the ends of float32', () => {
  it.each([3e38, 2 ** 127, 1e20, 1e-20, 2 ** -126])('cosineSimilarity of entries of size %d', async (size) => {
    const at = (...entries: number[]) => tf.tensor1d(entries.map((x) => x * size));
    // Two units, each off by under 5 roundings, and their product.
    const near = 12 * 2 ** -24;
    expect(Math.abs((await one(cosineSimilarity(at(1, 1), at(1, 1)))) - 1)).toBeLessThan(near);
    expect(Math.abs((await one(cosineSimilarity(at(1, 1), at(-1, -1)))) + 1)).toBeLessThan(near);
    expect(Math.abs(await one(cosineSimilarity(at(1, 1), at(1, -1))))).toBeLessThan(near);
    expect(Math.abs((await one(cosineSimilarity(at(1, 1), tf.tensor1d([1, 0])))) - Math.SQRT1_2)).toBeLessThan(near);
  });

  it('cosineSimilarity and frobeniusNorm of subnormal entries', async () => {
    const w = tf.tensor1d([3 * TINY, -4 * TINY]);
    const [cosine, norm] = [await one(cosineSimilarity(w, w)), await one(frobeniusNorm(w))];
    // 5 · 2^-149 is a float32, and the root of 25 is exact.
    if (await keepsSubnormals()) expect([cosine, norm]).toEqual([expect.closeTo(1, 6), 5 * TINY]);
    else expect([cosine, norm]).toEqual([0, 0]);
  });

  it.each([3e38, 2 ** 126, 2 ** -100])('frobeniusNorm has gradient ±1 at one entry of size %d', async (size) => {
    const gradient = tf.grad((w: tf.Tensor) => frobeniusNorm(w));
    expect(await valuesOf(gradient(tf.tensor1d([-size, 0])))).toEqual(Float32Array.of(-1, 0));
    expect(await one(frobeniusNorm(tf.tensor1d([0, -size])))).toBe(Math.fround(size));
  });

  it('cosineSimilarity has the gradient (a/‖a‖ - cos b/‖b‖) / ‖b‖ where ‖a‖ is beyond float32', async () => {
    // By b: u = (1, 1) / √2, v = (1, 0), cos = 1 / √2, and (u - cos v) / ‖b‖ = (0, 1 / √2) / ‖b‖.
    const a = tf.tensor1d([2 ** 127, 2 ** 127]);
    const b = tf.tensor1d([2 ** -20, 0]);
    const [, byB] = tf.grads((x: tf.Tensor, y: tf.Tensor) => cosineSimilarity(x, y))([a, b]);
    const [first, second] = await valuesOf(byB!);
    // Under ten roundings of numbers up to 2^20.
    expect(Math.abs(first!)).toBeLessThan(10 * 2 ** -4);
    expect(Math.abs(second! - 2 ** 20 * Math.SQRT1_2)).toBeLessThan(10 * 2 ** -4);
  });
});
