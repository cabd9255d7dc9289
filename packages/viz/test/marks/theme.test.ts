import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrastOnWhite, ink } from '../../src/marks/colors.ts';
import { darkDeclarations, theme, themed } from '../../src/marks/theme.ts';
import { charts } from '../figures.ts';

const full = (color: string) => (color.length === 4 ? color.replace(/[0-9a-f]/g, '$&$&') : color);
const of = (name: string) => theme.find((color) => color.name === name)!;

/** Contrast of two colors by WCAG 2.2, of which white cancels out. */
function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((color) => contrastOnWhite(full(color))) as [number, number];
  return Math.max(x / y, y / x);
}

describe.each(['light', 'dark'] as const)('the theme on its %s ground', (side) => {
  const ground = of('--wk-ground')[side];

  it.each(['--wk-title', '--wk-text', '--wk-quiet', '--wk-wrong'])('has text of 4.5 : 1 in %s', (name) => {
    expect(contrast(of(name)[side], ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(theme.filter(({ name }) => /color|axis|none/.test(name)).map(({ name }) => name))(
    'has marks of 3 : 1 in %s',
    (name) => {
      expect(contrast(of(name)[side], ground)).toBeGreaterThanOrEqual(3);
    },
  );
});

describe('themed(drawing)', () => {
  const draw = (color: string) => ({
    name: 'g',
    attributes: { fill: ink.text },
    children: [{ name: 'path', attributes: { stroke: color }, children: [] }],
  });

  it('makes variables of the colors, with the colors themselves where a page sets none', () => {
    expect(themed(draw('#0072b2'))).toEqual({
      name: 'g',
      attributes: { fill: 'var(--wk-text, #333)' },
      children: [{ name: 'path', attributes: { stroke: 'var(--wk-color-1, #0072b2)' }, children: [] }],
    });
  });

  it('leaves a drawing alone that has a color of a map or a tint', () => {
    expect(themed(draw('#fcffa4'))).toEqual(draw('#fcffa4'));
  });

  it('is in the forms for pages, never in svg()', () => {
    const [line, heat] = [charts['lineChart linear']!(), charts.histogramHeatmap!()];
    expect(line.svg()).not.toContain('var(');
    expect(line.html()).toContain('fill="var(--wk-ground, #fff)"');
    expect(heat.html()).not.toContain('var(');
  });

  it('is the table of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    for (const { name, light, dark } of theme)
      expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\| \`${light}\` \\| \`${dark}\` \\|$`, 'm'));
  });

  it('has one variable for each color', () => {
    expect(new Set(theme.map(({ light }) => light)).size).toBe(theme.length);
    for (const { name, dark } of theme) expect(darkDeclarations).toContain(`${name}: ${dark};`);
  });
});
