import { fillIntegers, fillNormal, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { BRACKET_BYTES, ENOUGH, samplePlace, selectInBracket } from '../../src/selection/bracket.ts';
import { select } from '../../src/selection/radix-select.ts';
import { selectReference } from '../../src/selection/select-reference.ts';
import { wordsOf } from '../../src/selection/sort-integer.ts';
import { sharedKernels } from '../../src/wasm/instance.ts';

const N = ENOUGH + 5; // a last part that is no whole vector
const normal = fillNormal(new Float32Array(N), randomKey(1));
const integers = (max: number): Float32Array =>
  Float32Array.from(fillIntegers(new Int32Array(N), randomKey(2), { min: -max, max: max + 1 }));
/** Every other one is replaced. */
const half = (x: Float32Array, by: (i: number) => number) => x.map((value, i) => (i % 2 ? value : by(i)));

const INPUTS: Record<string, Float32Array> = {
  'normal values': normal,
  'ascending values': normal.slice().sort(),
  'descending values': normal.slice().sort().reverse(),
  'one value': new Float32Array(N).fill(-2),
  'zeros of both signs': new Float32Array(N).map((_, i) => (i % 3 ? 0 : -0)),
  'five values': integers(2),
  'a hundred values': integers(50),
  'half zeros': half(normal, (i) => (i % 4 ? 0 : -0)),
  'half infinities': half(normal, (i) => (i % 4 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)),
  'huge and subnormal values': normal.map((value, i) => value * (i % 2 ? 1e37 : 1e-41)),
};
const RANKS = [1, 17, N / 100, N / 10, N / 2, 0.9 * N, N - 1, N].map(Math.floor);

it.each(Object.entries(INPUTS))('select of many %s is what counting all digits gives, in both orders', (_, x) => {
  for (const order of ['magnitude', 'signed'] as const)
    for (const k of RANKS) expect(select('test', 'x', x, k, order)).toEqual(selectReference(wordsOf(x), k, order));
});

it('selectInBracket finds the k-th largest by itself: another path does not hide that it gave up', () => {
  for (const [name, x] of Object.entries(INPUTS))
    for (const order of ['magnitude', 'signed'] as const) {
      const found = RANKS.filter((k) => selectInBracket(sharedKernels(BRACKET_BYTES)!, x, k, order));
      expect(found.length, `${name}, ${order}`).toBe(RANKS.length);
    }
});

it('selectInBracket gives up, and select does not, when the sample misleads and when there is a NaN', () => {
  // Large where the sample looks, small elsewhere.
  const x = normal.map((value) => value / 1e6);
  for (let i = 0; i < 4096; i++) x[samplePlace(i, N)]! *= 1e6;
  for (const order of ['magnitude', 'signed'] as const) {
    expect(selectInBracket(sharedKernels(BRACKET_BYTES)!, x, N / 5, order)).toBeNull();
    const k = Math.floor(N / 5);
    expect(select('test', 'x', x, k, order)).toEqual(selectReference(wordsOf(x), k, order));
  }
  for (const at of [0, 70_001, N - 1]) {
    const broken = normal.slice();
    broken[at] = Number.NaN;
    expect(() => select('test', 'x', broken, 5, 'signed')).toThrow(`test: x must not be NaN, got NaN at x[${at}]`);
  }
});
