import { describe, expect, it } from 'vitest';
import { serialize } from '../../src/marks/serialize.ts';
import { node } from '../../src/marks/tree.ts';

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
