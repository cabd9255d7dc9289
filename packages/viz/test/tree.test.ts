import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { fromDom, node } from '../src/tree.ts';

const svg = (inside: string) =>
  fromDom(
    parseHTML(`<html><body><svg>${inside}</svg></body></html>`).document.querySelector('svg') as unknown as Element,
  );

describe('fromDom(element)', () => {
  it('copies names, attributes, elements and text', () => {
    expect(svg('<g fill="red"><text x="1">a<tspan>b</tspan></text></g>')).toEqual(
      node('svg', {}, node('g', { fill: 'red' }, node('text', { x: 1 }, 'a', node('tspan', {}, 'b')))),
    );
  });

  it('drops classes, style sheets and comments, and makes currentColor a color', () => {
    expect(svg('<style>g{}</style><!-- no --><g class="a" stroke="currentColor"></g>')).toEqual(
      node('svg', {}, node('g', { stroke: '#333' })),
    );
  });

  it.each([
    ['translate(0.5,0)', undefined],
    ['translate(0.5,0.5)', undefined],
    ['translate(-5.5,3)', 'translate(-6,3)'],
    ['translate(4,-6)', 'translate(4,-6)'],
    ['rotate(90)', 'rotate(90)'],
  ])("takes the half pixel of Plot out of a mark's %s", (transform, left) => {
    expect(svg(`<g transform="${transform}"></g>`).children[0]).toEqual(node('g', { transform: left }));
  });

  it('leaves the places of single texts and paths as they are', () => {
    expect(svg('<text transform="translate(0.5,7.25)"></text>').children[0]).toEqual(
      node('text', { transform: 'translate(0.5,7.25)' }),
    );
  });
});

describe('node(name, attributes, ...children)', () => {
  it('leaves out what is undefined and keeps 0', () => {
    expect(node('g', { x: 0, y: undefined })).toEqual({ name: 'g', attributes: { x: '0' }, children: [] });
  });
});
