import { describe, expect, it } from 'vitest';
import { checkSparsity } from '../../src/masks/amount.ts';
import { checkSteps, isTurn } from '../../src/schedules/schedule.ts';

describe('isTurn', () => {
  it('isTurn(step) holds at begin, begin + frequency, ... up to end and nowhere else', () => {
    const turns = Array.from({ length: 40 }, (_, t) => t).filter((t) => isTurn(t, 4, 25, 7));
    expect(turns).toEqual([4, 11, 18, 25]);
    expect(isTurn(-3, 4, 25, 7)).toBe(false);
  });
});

describe('checkSteps', () => {
  it('checkSteps accepts begin = end and an end of Infinity', () => {
    expect(checkSteps('f', 3, 3, 1)).toBeUndefined();
    expect(checkSteps('f', 0, Number.POSITIVE_INFINITY, 100)).toBeUndefined();
  });

  it.each([
    [-1, 5, 1, 'f: begin must be an integer, 0 or more, got -1'],
    [0.5, 5, 1, 'f: begin must be an integer, 0 or more, got 0.5'],
    [6, 5, 1, 'f: end must be an integer, begin (6) or more, got 5'],
    [0, -1, 1, 'f: end must be an integer, begin (0) or more, got -1'],
    [0, Number.NaN, 1, 'f: end must be an integer, begin (0) or more, got NaN'],
    [0, 5, 0, 'f: frequency must be an integer, 1 or more, got 0'],
    [0, 5, -2, 'f: frequency must be an integer, 1 or more, got -2'],
  ])('checkSteps refuses begin %d, end %d, frequency %d', (begin, end, frequency, message) => {
    expect(() => checkSteps('f', begin, end, frequency)).toThrow(new RangeError(message));
  });
});

describe('checkSparsity', () => {
  it.each([1, -0.1, Number.NaN])('checkSparsity refuses %d by name', (value) => {
    expect(() => checkSparsity('f', 'final', value)).toThrow(
      new RangeError(`f: final must be in [0, 1), got ${value}`),
    );
  });
});
