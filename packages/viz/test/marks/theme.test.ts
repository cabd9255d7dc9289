import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrastOnWhite, ink } from '../../src/marks/colors.ts';
import { darkTheme, theme, themed } from '../../src/marks/theme.ts';
import { charts } from '../figures.ts';

const of = (name: string) => theme.find((color) => color.name === name)!;

/** Contrast of two colors by WCAG 2.2, of which white cancels out. */
function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((color) => contrastOnWhite(color)) as [number, number];
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

  it('mixes a color of a scale of its two sides, by one variable', () => {
    const [path] = themed(draw('#d5eaff/#12304b')).children as [ReturnType<typeof draw>];
    expect(path.attributes).toEqual({ stroke: 'color-mix(in srgb,#d5eaff,#12304b var(--wk-dark,0%))' });
  });

  it('leaves a color of a map from dark to bright alone', () => {
    const [path] = themed(draw('#fcffa4')).children as [ReturnType<typeof draw>];
    expect(path.attributes).toEqual({ stroke: '#fcffa4' });
  });

  it('is in the forms for pages, in svg() where it is asked for', () => {
    const [line, heat] = [charts['lineChart linear']!(), charts.heatmap!()];
    expect(line.svg()).not.toContain('var(');
    expect(heat.svg()).not.toMatch(/var\(|color-mix|\/#/);
    expect(line.html()).toContain('fill="var(--wk-ground, #fff)"');
    expect(heat.html()).toContain(heat.svg({ variables: true }));
    expect(() => heat.svg({ variables: 1 as never })).toThrow('svg: variables must be a boolean, got 1');
    expect(() => heat.html({ variables: true } as never)).toThrow('html: options must be among width, idPrefix');
  });

  it('is the table of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    for (const { name, light, dark } of theme)
      expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\| \`${light}\` \\| \`${dark}\` \\|$`, 'm'));
  });

  it('is what the style sheet of the site sets in the dark', () => {
    const css = readFileSync(new URL('../../../../website/src/css/custom.css', import.meta.url), 'utf8');
    const [, set] = /\[data-theme="dark"\] \{\s*(--wk-[^}]*)\}/.exec(css)!;
    expect(set!.replace(/\s+/g, ' ').trim()).toBe(darkTheme);
  });

  it('has one variable for each color', () => {
    expect(new Set(theme.map(({ light }) => light)).size).toBe(theme.length);
    for (const { name, dark } of theme) expect(darkTheme).toContain(`${name}: ${dark};`);
  });
});

// What an author of a chart forgets: a color that is the same on both grounds.
describe('the figure of every chart for pages', () => {
  const paints = (svg: string) => [...svg.matchAll(/ (?:fill|stroke)="([^"]+)"/g)].map(([, paint]) => paint!);
  const turns = (paint: string) => paint === 'none' || paint.startsWith('var(') || paint.startsWith('color-mix(');

  // Maps from dark to bright, and pixels, say the same on both.
  const pictures = /^(histogramHeatmap|histogramChart sequence|heatmap wide|contourChart|similarityMatrix|filterGrid)/;
  const turned = Object.entries(charts).filter(([name]) => !pictures.test(name));

  it.each(turned)('%s turns each of its colors', (_name, chart) => {
    const fixed = paints(chart().svg({ variables: true })).filter((paint) => !turns(paint));
    // Text on a color is black or white, the same on both grounds where the color is about as light on both.
    expect(fixed.filter((paint) => paint !== '#000000' && paint !== '#ffffff')).toEqual([]);
  });

  it('is larger than its SVG by less than 46 bytes for each color', () => {
    for (const chart of Object.values(charts)) {
      const svg = chart().svg();
      // The texts of places are not colors.
      const page = chart()
        .svg({ variables: true })
        .replace(/<metadata>.*?<\/metadata>/s, '');
      expect(page.length - svg.length).toBeLessThanOrEqual(46 * paints(svg).length);
    }
  });
});
