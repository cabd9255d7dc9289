import {
  checkBoolean,
  checkFinite,
  checkFunction,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkOptions,
  checkRange,
  checkSeed,
  checkType,
  isPlainObject,
  show,
} from '@weightkit/numerics/check';
import { describe, expect, it } from 'vitest';

describe('check', () => {
  it('checkRange(ok, rule, got) throws a RangeError with rule and value, and nothing when it holds', () => {
    expect(() => checkRange(false, 'prune: sparsity must be in [0, 1)', 1.2)).toThrow(
      new RangeError('prune: sparsity must be in [0, 1), got 1.2'),
    );
    expect(checkRange(true, 'x', 0)).toBeUndefined();
  });
  it('checkType(ok, rule, got) throws a TypeError', () => {
    expect(() => checkType(false, 'f: x must be a number', '1')).toThrow(
      new TypeError('f: x must be a number, got "1"'),
    );
  });
  it('checkOptions(fn, options, allowed) names the unknown option and the valid set', () => {
    expect(() => checkOptions('prune', { sparsty: 1 }, ['sparsity', 'scope'])).toThrow(
      'prune: options must be among sparsity, scope, got "sparsty"',
    );
    expect(() => checkOptions('prune', 3 as unknown as object, [])).toThrow(
      'prune: options must be a plain object, got 3',
    );
    expect(checkOptions('prune', undefined, [])).toBeUndefined();
  });
  it('checkFinite(fn, what, path, values) names the first bad index', () => {
    expect(() => checkFinite('prune', 'weights', 'a/kernel', [1, Number.NaN, Number.POSITIVE_INFINITY])).toThrow(
      'prune: weights must be finite, got NaN at a/kernel[1]',
    );
    expect(() => checkFinite('prune', 'weights', 'a/kernel', [Number.NEGATIVE_INFINITY])).toThrow(
      '-Infinity at a/kernel[0]',
    );
  });
  it('show(value) is short for every kind of value', () => {
    expect([-0, Number.NaN, 3n, null, undefined, [1, 2], {}, { a: 1 }, new Map(), () => 0].map(show)).toEqual([
      '-0',
      'NaN',
      '3n',
      'null',
      'undefined',
      '[1, 2]',
      '{}',
      '{a}',
      'Map',
      'function (anonymous)',
    ]);
    expect(show('x'.repeat(100)).length).toBeLessThan(70);
    expect(show(new Float32Array(20))).toBe('[0, 0, 0, 0, 0, 0, 0, 0, ... (20 in all)]');
  });
  it('checkOptions(fn, options, allowed) takes plain objects and nothing else', () => {
    class Options {}
    const wrong = [
      null,
      [],
      new Map(),
      new Set(),
      new Date(),
      Promise.resolve({}),
      new Options(),
      () => 0,
      '',
      0,
      true,
    ];
    for (const value of [...wrong, Symbol('s'), 1n, /x/, new Error('x'), Math, new Float32Array(1), Object.create({})])
      expect(() => checkOptions('prune', value as object, [])).toThrow('prune: options must be a plain object, got ');
    expect(() => checkOptions('prune', Promise.resolve({}), [])).toThrow('got a promise (await it)');
    for (const value of [undefined, {}, Object.create(null)]) expect(checkOptions('f', value, [])).toBeUndefined();
    expect(() => checkOptions('f', { a: 1 }, [])).toThrow('f: options must be none, got "a"');
    expect(() => checkOptions('f', [], [], 'amount')).toThrow('f: amount must be a plain object, got []');
    expect(isPlainObject(structuredClone({ a: 1 }))).toBe(true);
  });
  it('checkNumber, checkInteger and checkSeed refuse what compares like a number and is none', () => {
    const checks = [
      (value: unknown) => checkNumber('f: p must be in [0, 1]', value, (p) => p >= 0 && p <= 1),
      (value: unknown) => checkInteger('f', 'n', value),
      (value: unknown) => checkSeed('f', value),
    ];
    for (const check of checks) {
      for (const value of [null, undefined, '', '1', true, 1n, [], [1], {}, new Date(1), Object(1), Symbol('1')])
        expect(() => check(value)).toThrow(TypeError);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 0.5 + 2 ** 20])
        expect(() => check(value)).toThrow(RangeError);
      for (const value of [0, 1]) expect(check(value)).toBeUndefined();
    }
    expect(() => checkInteger('f', 'n', 4, 1, 3)).toThrow(new RangeError('f: n must be an integer from 1 to 3, got 4'));
    expect(() => checkInteger('f', 'n', -1)).toThrow(new RangeError('f: n must be an integer of 0 or more, got -1'));
  });
  it('checkBoolean and checkFunction throw a TypeError', () => {
    expect(() => checkBoolean('f', 'lower', 1)).toThrow(new TypeError('f: lower must be true or false, got 1'));
    expect(() => checkFunction('f', 'score', null)).toThrow(new TypeError('f: score must be a function, got null'));
    expect([checkBoolean('f', 'a', false), checkFunction('f', 'a', show)]).toEqual([undefined, undefined]);
  });
  it('checkNumbers(rule, got, ok) passes over no hole and tells a long list by its entry', () => {
    const check = (value: unknown) => checkNumbers('f: xs must be of 0 or more', value, (x) => x >= 0);
    for (const value of [
      null,
      'ab',
      { length: 0 },
      [null],
      new Array(1),
      ['1'],
      new BigInt64Array(1),
      new DataView(new ArrayBuffer(8)),
    ])
      expect(() => check(value)).toThrow(TypeError);
    for (const value of [[-1], [Number.NaN], Float32Array.of(-1)]) expect(() => check(value)).toThrow(RangeError);
    for (const value of [[], [0], new Float32Array(2)]) expect(check(value)).toBeUndefined();
    expect(() => check([...Array(20).fill(0), -1])).toThrow('f: xs must be of 0 or more, got -1 at index 20');
    expect(() => check([0, '1'])).toThrow('got [0, "1"]');
  });
  it('show(value) has a text for what cannot be read', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    let deep: unknown = 1;
    for (let i = 0; i < 1e5; i++) deep = [deep];
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const thrower = (): never => {
      throw new Error('never shown');
    };
    const named = Object.defineProperty(() => 0, 'name', { get: thrower });
    const texts: [unknown, string][] = [
      [cyclic, '[[[[...]]]]'],
      [deep, '[[[[...]]]]'],
      [revoked.proxy, 'an object that cannot be read'],
      [new Proxy({}, { get: thrower }), 'an object that cannot be read'],
      [new Proxy([], { get: thrower }), 'an object that cannot be read'],
      [new Proxy({}, { ownKeys: thrower }), 'an object that cannot be read'],
      [new Proxy(() => 0, { get: thrower }), 'an object that cannot be read'],
      [named, 'an object that cannot be read'],
      [{ toString: thrower, toJSON: thrower, valueOf: thrower }, '{toString, toJSON, valueOf}'],
      [
        {
          get constructor() {
            return thrower();
          },
        },
        'an object that cannot be read',
      ],
      [{ constructor: { name: Symbol('x') }, a: 1 }, '{constructor, a}'],
      [Object.create(null), '{}'],
      [10n ** 100_000n, 'a bigint beyond 64 bits'],
      [Symbol('s'), 'Symbol(s)'],
      [new Date(Number.NaN), 'Date'],
      [new DataView(new ArrayBuffer(8)), 'DataView'],
      [BigInt64Array.of(-1n), '[-1n]'],
      [class Wrong {}, 'function Wrong'],
      [Promise.resolve(1), 'a promise (await it)'],
      [{ isDisposed: true, constructor: class Tensor {} }, 'a disposed Tensor'],
      [new Array(2), '[undefined, undefined]'],
    ];
    for (const [value, text] of texts) expect(show(value)).toBe(text);
  });
  it('show(value) takes bounded time and length', () => {
    const long = 'x'.repeat(2 ** 20);
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array(100).fill(long)));
    for (const value of [long, wide, { [long]: 1 }, Symbol(long), [long, long, long, long, long, long]])
      expect(show(value).length).toBeLessThanOrEqual(240);
    const huge = new Array(10_000_000).fill(0.5);
    const before = process.cpuUsage();
    expect(show(huge)).toContain('(10000000 in all)');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(50);
  });
});
