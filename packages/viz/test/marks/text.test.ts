import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, guessWidth, shorten, wrap } from '../../src/marks/text.ts';

describe('escapeText(text)', () => {
  it('leaves no markup and no character that XML forbids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeText(text);
        expect(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/.test(escaped)).toBe(false);
        expect(escaped).toBe(Buffer.from(escaped, 'utf8').toString('utf8'));
      }),
    );
  });

  it('keeps letters of all scripts, tabs and line breaks', () => {
    expect(escapeText('σ ≤ 0.5\t中文 🙂\n')).toBe('σ ≤ 0.5\t中文 🙂\n');
  });
});

describe('shorten(text, width, fontSize)', () => {
  it('keeps a text that fits and else fits it, with its start and its end', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.integer({ min: 20, max: 300 }), (text, width) => {
        const short = shorten(text, width, 12);
        if (guessWidth(text, 12) <= width) expect(short).toBe(text);
        else {
          expect(guessWidth(short, 12)).toBeLessThanOrEqual(width);
          const [head, tail] = [short.slice(0, short.indexOf('…')), short.slice(short.lastIndexOf('…') + 1)];
          expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
        }
      }),
    );
    expect(shorten('bidirectional/forward/kernel', 100, 12)).toBe('bidirec…/kernel');
  });
});

describe('wrap(text, width, fontSize)', () => {
  it('loses no word that fits and makes no line too wide', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, (list) => {
        const lines = wrap(list.join('  '), 90, 12);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) expect(guessWidth(line, 12)).toBeLessThanOrEqual(90);
      }),
    );
  });

  it('gives no line for an empty text', () => {
    expect(wrap('  ', 90, 12)).toEqual([]);
  });

  it('leaves a number with its percent, and what a space that forbids a break joins', () => {
    for (const narrow of [60, 90, 120]) {
      const text = wrap('right on 66.8 % of 500 images, 9 ‰ off, 40\u00a0ms each', narrow, 12);
      expect(text.join(' ')).toBe('right on 66.8 % of 500 images, 9 ‰ off, 40\u00a0ms each');
      for (const line of text) expect(line).not.toMatch(/^(%|‰|ms)/);
    }
  });
});
