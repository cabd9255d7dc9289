import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkValues, initialValues, nearestValue, parseValue, ruleOf } from '../src/parameters.ts';
import { fromSearch, toSearch } from '../src/search.ts';
import { type Params, toy } from './toy.ts';

const initial = { start: 'zeros', rate: 0.5, steps: 4, shuffle: false };

describe('checkValues', () => {
  it('checkValues(lesson, given) fills in the initial values, and takes 0, false and both ends of a range', () => {
    expect(initialValues(toy)).toEqual(initial);
    expect(checkValues(toy)).toEqual(initial);
    expect(checkValues(toy, { rate: -1, steps: 0 })).toEqual({ ...initial, rate: -1, steps: 0 });
    expect(checkValues(toy, { rate: 1, steps: 1000, shuffle: true }).steps).toBe(1000);
  });

  it.each([
    [{ start: 'ones' }, 'toy: start must be one of zeros, random, got "ones"'],
    [{ rate: Number.NaN }, 'toy: rate must be a number from -1 to 1, got NaN'],
    [{ rate: 1.01 }, 'toy: rate must be a number from -1 to 1, got 1.01'],
    [{ steps: 2.5 }, 'toy: steps must be an integer from 0 to 1000, got 2.5'],
    [{ steps: '2' }, 'toy: steps must be an integer from 0 to 1000, got "2"'],
    [{ shuffle: 1 }, 'toy: shuffle must be true or false, got 1'],
    [{ rate: undefined }, 'toy: rate must be a number from -1 to 1, got undefined'],
    [{ step: 2 }, 'toy: parameters must be among start, rate, steps, shuffle, got "step"'],
  ])('checkValues(lesson, %j) is refused: %s', (given, message) => {
    expect(() => checkValues(toy, given as Partial<Params>)).toThrow(message);
  });

  it('ruleOf(parameter) says what each kind takes', () => {
    expect(Object.values(toy.parameters).map(ruleOf)).toEqual([
      'one of zeros, random',
      'a number from -1 to 1',
      'an integer from 0 to 1000',
      'true or false',
    ]);
  });
});

describe('a parameter with a grammar of its own', () => {
  const nearest = (text: string) => {
    const value = text.replaceAll(/[^a-c]/g, '') || 'a';
    return value === text ? { value } : { value, ...(text.includes('x') && { said: 'x is no letter of it' }) };
  };
  const word = { kind: 'text', label: 'Word', rule: 'letters a to c', nearest, initial: 'abc' } as const;
  const lesson = { name: 'words', parameters: { word } };

  it('takes the texts that are their own nearest, and refuses others', () => {
    expect(checkValues<{ word: string }>(lesson)).toEqual({ word: 'abc' });
    expect(parseValue(lesson, 'word', 'cab')).toBe('cab');
    expect(() => parseValue(lesson, 'word', 'dab')).toThrow('words: word must be letters a to c, got "dab"');
    expect(() => checkValues<{ word: unknown }>(lesson, { word: 7 })).toThrow(
      'words: word must be letters a to c, got 7',
    );
    expect(ruleOf(word)).toBe('letters a to c');
  });

  it('takes the nearest text from an address, and says what was wrong in its own words or by the rule', () => {
    expect(fromSearch(lesson, '?word=bad')).toEqual({
      values: { word: 'ba' },
      said: ['Word: "bad" is not letters a to c.'],
    });
    expect(fromSearch(lesson, '?word=ax').said).toEqual(['Word: x is no letter of it.']);
    expect(toSearch(lesson, { word: 'c' })).toBe('?word=c');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { value } = nearestValue(word, text, '');
        expect(checkValues<{ word: unknown }>(lesson, { word: value })).toEqual({ word: value });
      }),
    );
  });
});

describe('parseValue', () => {
  it('parseValue(lesson, name, text) reads each kind', () => {
    expect(parseValue(toy, 'start', 'random')).toBe('random');
    expect(parseValue(toy, 'rate', '2.5e-1')).toBe(0.25);
    expect(parseValue(toy, 'steps', '0')).toBe(0);
    expect([parseValue(toy, 'shuffle', 'true'), parseValue(toy, 'shuffle', 'false')]).toEqual([true, false]);
  });

  it.each([
    ['rate', '', 'toy: rate must be a number from -1 to 1, got ""'],
    ['rate', ' ', 'toy: rate must be a number from -1 to 1, got " "'],
    ['steps', '3x', 'toy: steps must be an integer from 0 to 1000, got "3x"'],
    ['shuffle', 'yes', 'toy: shuffle must be true or false, got "yes"'],
    ['constructor', '1', 'toy: parameters must be among start, rate, steps, shuffle, got "constructor"'],
  ])('parseValue(lesson, "%s", "%s") is refused', (name, text, message) => {
    expect(() => parseValue(toy, name, text)).toThrow(message);
  });
});

describe('toSearch and fromSearch', () => {
  it('fromSearch(lesson, toSearch(lesson, values)) gives the values back, whatever they are', () => {
    const values = fc.record({
      start: fc.constantFrom('zeros' as const, 'random' as const),
      rate: fc.double({ min: -1, max: 1, noNaN: true }).map((x) => (x === 0 ? 0 : x)),
      steps: fc.integer({ min: 0, max: 1000 }),
      shuffle: fc.boolean(),
    });
    fc.assert(
      fc.property(values, (some) => {
        expect(fromSearch(toy, toSearch(toy, some))).toEqual({ values: some, said: [] });
      }),
    );
  });

  it('toSearch(lesson, values, search) leaves out initial values and keeps what is not the lesson’s', () => {
    expect(toSearch(toy, initialValues(toy))).toBe('');
    expect(toSearch(toy, { ...initialValues(toy), steps: 7 }, '?rate=1&utm=x')).toBe('?utm=x&steps=7');
    expect(fromSearch(toy, '?utm=x&steps=7')).toEqual({ values: { ...initial, steps: 7 }, said: [] });
  });

  it.each([
    ['?steps=1001', { steps: 1000 }, 'Steps: 1001 is more than 1000, so it is 1000.'],
    ['?rate=-3', { rate: -1 }, 'Rate: -3 is less than -1, so it is -1.'],
    ['?steps=2.6', { steps: 3 }, 'Steps: 2.6 is not whole, so it is 3.'],
    ['?steps=-0.4', { steps: 0 }, 'Steps: -0.4 is less than 0, so it is 0.'],
    ['?steps=Infinity', { steps: 1000 }, 'Steps: Infinity is more than 1000, so it is 1000.'],
    ['?rate=x', {}, 'Rate: "x" is not a number, so it is 0.5.'],
    ['?rate=', {}, 'Rate: "" is not a number, so it is 0.5.'],
    ['?start=ones', {}, 'Start: "ones" is not one of zeros, random, so it is zeros.'],
    ['?shuffle=yes', {}, 'Shuffle: "yes" is not true or false, so it is false.'],
  ])('fromSearch(lesson, %s) takes the nearest value and says so', (search, changed, said) => {
    expect(fromSearch(toy, search)).toEqual({ values: { ...initial, ...changed }, said: [said] });
  });

  it('nearestValue gives a value of the parameter, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), (text) => {
        const [rate, steps] = [nearestValue(toy.parameters.rate, text, 0), nearestValue(toy.parameters.steps, text, 0)];
        expect(checkValues(toy, { rate: rate.value as number, steps: steps.value as number })).toBeTruthy();
      }),
    );
  });
});
