import { createHash } from 'node:crypto';
import { plainCodec } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { halfValue, topHalfValue } from '../src/half-values.ts';
import { float8Values } from '../src/small-floats.ts';
import { golden, numberOf } from './support.ts';

interface Case {
  call: string;
  dtype: 'float8_e4m3fn';
  values: (number | string)[];
  sha256: string;
  finite: number;
}
const cases = golden<Case>('small-floats');

it.each(cases.filter(({ call }) => call.startsWith('ml_dtypes')))('$dtype has the 256 values of ml_dtypes', (given) => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  expect([...float8Values(codes, given.dtype)]).toEqual(given.values.map((value) => Math.fround(numberOf(value))));
});

it.each(cases.filter(({ call }) => call.startsWith('astype')))('$dtype has the 65,536 values of numpy', (given) => {
  const codes = Uint16Array.from({ length: 65_536 }, (_, code) => code);
  const values = plainCodec(given.dtype as 'float16').decode(new Uint8Array(codes.buffer)) as Float32Array;
  const finite = values.filter(Number.isFinite);
  expect(finite.length).toBe(given.finite);
  expect(createHash('sha256').update(new Uint8Array(finite.buffer)).digest('hex')).toBe(given.sha256);
  const one = given.dtype === ('float16' as string) ? halfValue : topHalfValue;
  expect([0, 1, 0x3c00, 0x8000, 0xfbff].map(one)).toEqual([0, 1, 0x3c00, 0x8000, 0xfbff].map((code) => values[code]));
});
