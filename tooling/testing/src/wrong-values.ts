class Instance {
  readonly value = 1;
}

/** A value that is wrong nearly everywhere, made anew for each call, and its name. */
export type WrongValue = readonly [label: string, make: () => unknown];

const MANY = Array(100_000).fill('x');

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value.value = value;
  return value;
}

/** What a caller without types may give by mistake: nothing, numbers, texts, lists, objects and a forgotten `await`. */
export const WRONG_VALUES: readonly WrongValue[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['0', () => 0],
  ['1', () => 1],
  ['2', () => 2],
  ['-1', () => -1],
  ['0.5', () => 0.5],
  ['-0.5', () => -0.5],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['-Infinity', () => Number.NEGATIVE_INFINITY],
  ['2^53', () => 2 ** 53],
  ['1e300', () => 1e300],
  ["''", () => ''],
  ["'5'", () => '5'],
  ["'nonsense'", () => 'nonsense'],
  ['1n', () => 1n],
  ['Symbol', () => Symbol('s')],
  ['[]', () => []],
  ['[null]', () => [null]],
  ["['5']", () => ['5']],
  ['[NaN]', () => [Number.NaN]],
  ['[-1, 70000, 1.5]', () => [-1, 70_000, 1.5]],
  ['[[1]]', () => [[1]]],
  ['hole', () => new Array(1)],
  ['many texts', () => MANY],
  ['{}', () => ({})],
  ['{ nonsense }', () => ({ nonsense: 1 })],
  ['{ length }', () => ({ length: 2 })],
  ['no prototype', () => Object.create(null)],
  ['cyclic', cyclic],
  ['Map', () => new Map()],
  ['Set', () => new Set([1])],
  ['Date', () => new Date(0)],
  ['RegExp', () => /x/],
  ['Error', () => new Error('x')],
  ['function', () => () => 0],
  ['async function', () => async () => 0],
  ['class', () => Instance],
  ['instance', () => new Instance()],
  ['promise', () => Promise.resolve(1)],
  ['promise of {}', () => Promise.resolve({})],
  ['Number', () => Object(5)],
  ['String', () => Object('5')],
  ['Float32Array', () => Float32Array.of(1, 2)],
  ['Float32Array of NaN', () => Float32Array.of(1, Number.NaN)],
  ['Float64Array', () => Float64Array.of(1, 2)],
  ['Int32Array', () => Int32Array.of(1, 2)],
  ['Uint8Array', () => Uint8Array.of(1, 2)],
  ['Uint32Array', () => Uint32Array.of(1, 2)],
  ['BigInt64Array', () => BigInt64Array.of(1n)],
  ['DataView', () => new DataView(new ArrayBuffer(8))],
  ['ArrayBuffer', () => new ArrayBuffer(8)],
  ['iterator', () => [1, 2].values()],
  ['WeakMap', () => new WeakMap()],
];
