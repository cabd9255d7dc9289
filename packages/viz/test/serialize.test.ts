import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundNumbers, serialize } from '../src/serialize.ts';
import { node } from '../src/tree.ts';

describe('serialize(root, prefix)', () => {
  it('writes attributes in code-unit order whatever order they were set in', () => {
    const a = node('g', { y: 1, 'aria-label': 'a', Z: 2 });
    const b = node('g', { Z: 2, y: 1, 'aria-label': 'a' });
    expect(serialize(a, 'p')).toBe('<g Z="2" aria-label="a" y="1"/>');
    expect(serialize(b, 'p')).toBe(serialize(a, 'p'));
  });

  it('renames ids in document order and every reference to them', () => {
    const clip = node('clipPath', { id: 'plot-clip-17' });
    const use = node('use', { href: '#plot-clip-17', 'clip-path': 'url(#plot-clip-17)' });
    expect(
      serialize(node('svg', { 'aria-labelledby': 't plot-clip-17' }, node('title', { id: 't' }), clip, use), 'p'),
    ).toBe(
      '<svg aria-labelledby="p-1 p-2"><title id="p-1"/><clipPath id="p-2"/><use clip-path="url(#p-2)" href="#p-2"/></svg>',
    );
  });

  it('leaves references to what is not in the drawing as they are', () => {
    expect(serialize(node('use', { href: 'data:x', fill: 'url("#far")' }), 'p')).toBe(
      '<use fill="url(#far)" href="data:x"/>',
    );
  });

  it('sorts the declarations of a style attribute', () => {
    expect(serialize(node('g', { style: 'width : 5px; color:red;' }), 'p')).toBe('<g style="color:red;width:5px"/>');
  });

  it('escapes text and attributes so that a parser gives them back', () => {
    expect(serialize(node('text', { 'aria-label': `<"'&>` }, `</text>&amp;`), 'p')).toBe(
      '<text aria-label="&lt;&quot;&#39;&amp;&gt;">&lt;/text&gt;&amp;amp;</text>',
    );
  });

  it('leaves numbers in text and names alone', () => {
    expect(serialize(node('text', { 'aria-label': '0.12345' }, '0.12345'), 'p')).toContain('"0.12345">0.12345<');
  });
});

describe('roundNumbers(text)', () => {
  it.each([
    ['M1.234,5.678L-0.001,9', 'M1.23,5.68L0,9'],
    ['M5-0.001', 'M5 0'],
    ['M.5.5', 'M0.5 0.5'],
    ['1e-7', '0'],
    ['translate(0.125,-2.675)', 'translate(0.13,-2.67)'],
    ['0.32em', '0.32em'],
    ['12', '12'],
    ['1e3', '1000'],
  ])('makes %s to %s', (text, rounded) => {
    expect(roundNumbers(text)).toBe(rounded);
  });

  it('moves no number of a path by more than half a hundredth, and changes nothing the second time', () => {
    const number = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1 }), (points) => {
        const once = roundNumbers(`M${points.map(([x, y]) => `${x},${y}`).join('L')}`);
        const read = once
          .slice(1)
          .split('L')
          .map((point) => point.split(',').map(Number));
        points.forEach((point, i) => {
          // toFixed rounds the exact binary value: half a unit of the last decimal, and the rounding of the sum itself
          for (const k of [0, 1]) expect(Math.abs(read[i]![k]! - point[k]!)).toBeLessThanOrEqual(0.005 + 1e-11);
        });
        expect(roundNumbers(once)).toBe(once);
      }),
    );
  });
});
