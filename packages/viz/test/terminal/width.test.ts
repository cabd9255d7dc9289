import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellsOf, charactersOf, fit } from '../../src/terminal/width.ts';

const { wide } = JSON.parse(readFileSync(new URL('../golden/cells.json', import.meta.url), 'utf8')) as {
  wide: [number, number][];
};

describe('cellsOf(character)', () => {
  it('is 2 for every character that wcwidth says takes two cells', () => {
    const wrong: string[] = [];
    for (const [from, to] of wide)
      for (let code = from; code <= to; code++) {
        const character = String.fromCodePoint(code);
        // A mark that stands on a wide character and is wide itself, as in Korean voiced marks, is counted with it.
        if (cellsOf(character) !== 2 && !/\p{M}/u.test(character)) wrong.push(code.toString(16));
      }
    expect(wrong).toEqual([]);
  });

  it('is 1 for letters, digits, signs of drawings and blocks, and 0 for what stands on the letter before', () => {
    for (const character of 'aÄж9−…×▲▼○●█░⠿▘א') expect(cellsOf(character)).toBe(1);
    for (const character of ['\u0301', '\u200d', '\u200f', '\u20dd']) expect(cellsOf(character)).toBe(0);
  });
});

describe('charactersOf(text)', () => {
  it('replaces what moves the cursor, starts a sequence or turns the direction', () => {
    expect(charactersOf('a\n\u001b[31m\u009b\ud800\u2028\u202eb').join('')).toBe(
      'a\ufffd\ufffd[31m\ufffd\ufffd\ufffd\ufffdb',
    );
    expect(charactersOf('e\u0301😀')).toEqual(['e', '\u0301', '😀']);
  });
});

describe('fit(characters, most)', () => {
  it('cuts the end off, never half of a wide character', () => {
    expect(fit(['a', 'b'], 2)).toEqual(['a', 'b']);
    expect(fit(['a', 'b', 'c'], 2)).toEqual(['a', '…']);
    expect(fit(['中', '文', '字'], 4)).toEqual(['中', '…']);
    expect(fit(['中'], 1)).toEqual(['…']);
    expect(fit(['a'], 0)).toEqual([]);
  });
});
