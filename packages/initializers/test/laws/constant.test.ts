import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { constant, ones, zeros } from '../../src/index.ts';

it('constant({ value }) fills with the value, 0 when left out', async () => {
  expect(await valuesOf(constant({ value: -1.5 })([2, 2]))).toEqual(Float32Array.of(-1.5, -1.5, -1.5, -1.5));
  expect(await valuesOf(constant({ value: 0 })([2]))).toEqual(Float32Array.of(0, 0));
  expect(await valuesOf(constant()([1]))).toEqual(Float32Array.of(0));
});

it('zeros() and ones() fill with 0 and 1, any rank', async () => {
  expect(await valuesOf(zeros()([3]))).toEqual(Float32Array.of(0, 0, 0));
  expect(await valuesOf(ones()([]))).toEqual(Float32Array.of(1));
});

it('constant({ value }) refuses what float32 cannot hold', () => {
  for (const value of [Number.NaN, Infinity, 1e39, '1' as unknown as number])
    expect(() => constant({ value })).toThrow('constant: value must be a finite float32, got');
});
