import { describe, expect, it } from 'vitest';
import { layoutHeader } from '../../src/marks/header.ts';
import type { SvgNode } from '../../src/marks/tree.ts';

const entries = (n: number, mark: 'line' | 'square' | 'dot') =>
  Array.from({ length: n }, (_, i) => ({ name: `series ${i}`, color: '#000000', mark }));

describe('layoutHeader(title, legend, width)', () => {
  it('stacks title and legend: what comes below starts lower', () => {
    const title = layoutHeader('Loss', undefined, 640).height;
    const one = layoutHeader('Loss', { kind: 'names', entries: entries(2, 'line') }, 640).height;
    const two = layoutHeader('Loss', { kind: 'names', entries: entries(12, 'line') }, 640).height;
    expect(one).toBe(title + 22);
    expect(two).toBe(title + 42);
    expect(layoutHeader('', undefined, 640).nodes).toEqual([]);
  });

  it.each(['line', 'square', 'dot'] as const)('keeps %s entries apart and inside the drawing', (mark) => {
    const { nodes } = layoutHeader('', { kind: 'names', entries: entries(9, mark) }, 300);
    const texts = nodes.filter(({ name }) => name === 'text');
    expect(texts).toHaveLength(9);
    const places = texts.map(({ attributes }) => `${attributes.x} ${attributes.y}`);
    expect(new Set(places).size).toBe(9);
    for (const { attributes } of nodes) {
      const left = Number(attributes.x ?? attributes.x1 ?? attributes.cx);
      expect(left).toBeGreaterThanOrEqual(16);
      expect(left).toBeLessThan(284);
    }
  });

  it('tells a name in two lines where one is too short, and cuts what needs three', () => {
    const textsOf = (name: string) =>
      layoutHeader('', { kind: 'names', entries: [{ name, color: '#000000', mark: 'line' }] }, 200)
        .nodes.filter((part) => part.name === 'text')
        .map(({ attributes, children }) => [attributes.x, children[0]]);
    expect(textsOf('exponent 3.61 (3.04 to 4.19)')).toEqual([
      ['44', 'exponent 3.61 (3.04'],
      ['44', 'to 4.19)'],
    ]);
    expect(textsOf('one')).toEqual([['44', 'one']]);
    const [cut, ...more] = textsOf('a name of very many words that goes on and on and on');
    expect(cut![1]).toContain('…');
    expect(more).toEqual([]);
  });

  it('draws a ramp without gaps between the names of its ends', () => {
    const legend = { kind: 'ramp' as const, colors: ['#000000', '#888888', '#ffffff'], from: 'first', to: 'last' };
    const { nodes } = layoutHeader('', legend, 300);
    const bars = nodes[0]!.children as SvgNode[];
    expect(bars.map(({ attributes }) => attributes.fill)).toEqual(legend.colors);
    const [a, b] = bars.map(({ attributes }) => [Number(attributes.x), Number(attributes.width)]);
    expect(a![0]! + a![1]!).toBeCloseTo(b![0]!, 9);
    expect(nodes.filter(({ name }) => name === 'text').map(({ children }) => children[0])).toEqual(['first', 'last']);
  });
});
