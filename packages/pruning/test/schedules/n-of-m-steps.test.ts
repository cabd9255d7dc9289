import { describe, expect, it } from 'vitest';
import { type NOfMStepsOptions, nOfMSteps } from '../../src/schedules/n-of-m-steps.ts';

const steps = Array.from({ length: 60 }, (_, t) => t);

describe('nOfMSteps', () => {
  it('nOfMSteps({ n: [4, 3, 2], m: 4 }) keeps 4, 3 and 2 of 4 at begin, begin + frequency and once more', () => {
    const schedule = nOfMSteps({ n: [4, 3, 2], m: 4, begin: 5, frequency: 10 });
    expect(steps.flatMap((t) => (schedule(t) === undefined ? [] : [[t, schedule(t)]]))).toEqual([
      [5, 0],
      [15, 0.25],
      [25, 0.5],
    ]);
  });

  it('nOfMSteps({ n: 2, m: 4, begin }) is dense until begin', () => {
    const schedule = nOfMSteps({ n: 2, m: 4, begin: 30 });
    expect(steps.filter((t) => schedule(t) !== undefined)).toEqual([30]);
    expect(schedule(30)).toBe(0.5);
  });

  it('nOfMSteps: every n of every m is found again from its sparsity', () => {
    for (let m = 1; m <= 40; m++)
      for (let n = 1; n <= m; n++) expect(m - Math.round(nOfMSteps({ n, m })(0)! * m), `${n} of ${m}`).toBe(n);
  });

  it.each([
    [{ n: 0, m: 4 }, 'n must be an integer from 1 to 4, or a list of these, got [0]'],
    [{ n: [3, 5], m: 4 }, 'n must be an integer from 1 to 4, or a list of these, got [3, 5]'],
    [{ n: [], m: 4 }, 'n must hold a number, got []'],
    [{ n: [2, 3], m: 4 }, 'n must fall from step to step, got [2, 3]'],
    [{ n: [2, 2], m: 4 }, 'n must fall from step to step, got [2, 2]'],
    [{ n: 2, m: 0 }, 'm must be an integer of 1 or more, got 0'],
    [{ n: 2, m: 4, begin: -1 }, 'begin must be an integer, 0 or more, got -1'],
    [{ n: 2, m: 4, frequency: 0 }, 'frequency must be an integer, 1 or more, got 0'],
  ])('nOfMSteps(%j) is refused', (options, rule) => {
    expect(() => nOfMSteps(options as NOfMStepsOptions)).toThrow(new RangeError(`nOfMSteps: ${rule}`));
  });

  it('nOfMSteps refuses what is no number and unknown names', () => {
    expect(() => nOfMSteps({ n: '2', m: 4 } as never)).toThrow(TypeError);
    expect(() => nOfMSteps({ n: 2, m: 4, end: 9 } as NOfMStepsOptions)).toThrow(
      new TypeError('nOfMSteps: options must be among n, m, begin, frequency, got "end"'),
    );
  });
});
