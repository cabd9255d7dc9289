import { interpolateInferno, interpolatePlasma } from 'd3-scale-chromatic';
import { describe, expect, it } from 'vitest';
import {
  contrastOnWhite,
  darkInk,
  darkOf,
  darkPalette,
  diverging,
  ink,
  inkOn,
  legible,
  lightOf,
  lineStyle,
  palette,
  ramp,
  tint,
} from '../../src/marks/colors.ts';

describe('contrastOnWhite(color)', () => {
  it('equals the closed form at its ends', () => {
    expect(contrastOnWhite('#ffffff')).toBeCloseTo(1, 12);
    expect(contrastOnWhite('#000000')).toBeCloseTo(21, 12);
  });

  it('equals the published contrast of the gray that WCAG gives as its example of 4.5 : 1', () => {
    // #767676 is the lightest gray with 4.5 : 1 on white; its contrast is given as 4.54.
    expect(contrastOnWhite('#767676')).toBeCloseTo(4.54, 2);
  });
});

/** Contrast of two colors by WCAG 2.2, of which white cancels out. */
function contrast(a: string, b: string): number {
  const [x, y] = [contrastOnWhite(a), contrastOnWhite(b)];
  return Math.max(x / y, y / x);
}

const sides = [
  ['light', lightOf, '#ffffff'],
  ['dark', darkOf, darkInk.ground],
] as const;

describe('palette', () => {
  it.each(palette)('%s stands out from white by 3 : 1', (color) => {
    expect(contrastOnWhite(color)).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['protanopia', [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998]],
    ['deuteranopia', [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881]],
    ['tritanopia', [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039]],
  ])('stays apart under %s (Machado, Oliveira and Fernandes 2009, severity 1)', (_name, matrix) => {
    for (const colors of [palette, darkPalette]) {
      const seen = colors.map((color) => labOf(simulate(color, matrix)));
      for (let i = 0; i < seen.length; i++) {
        for (let k = 0; k < i; k++) {
          const distance = Math.hypot(...seen[i]!.map((value, c) => value - seen[k]![c]!));
          // A difference of 2.3 in CIELAB is just noticeable side by side (Mahy et al. 1994); thin lines need several times that.
          expect(distance).toBeGreaterThan(15);
        }
      }
    }
  });
});

const linear = (share: number) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);

function simulate(color: string, m: readonly number[]): number[] {
  const rgb = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        rgb.reduce((sum, part, i) => sum + part * m[row + i]!, 0),
      ),
    ),
  );
}

function labOf([r, g, b]: number[]): number[] {
  const xyz = [
    (0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.9505,
    0.2126 * r! + 0.7152 * g! + 0.0722 * b!,
    (0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.089,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
  return [116 * xyz[1]! - 16, 500 * (xyz[0]! - xyz[1]!), 200 * (xyz[1]! - xyz[2]!)];
}

describe('lineStyle(i)', () => {
  it('repeats no pair of color and dashes within four palettes', () => {
    const looks = Array.from({ length: 4 * palette.length }, (_, i) => JSON.stringify(lineStyle(i)));
    expect(new Set(looks).size).toBe(looks.length);
    expect(lineStyle(0)).toEqual({ color: palette[0], dash: undefined });
  });
});

describe('legible(color)', () => {
  it('leaves what can be seen, darkens light colors on white and lightens dark ones on a dark ground just enough', () => {
    expect(lightOf(legible('#7e03a8'))).toBe('#7e03a8');
    expect(darkOf(legible('#fcce25'))).toBe('#fcce25');
    for (const color of ['#fcce25', '#7e03a8', ...ramp('plasma', 32, 0.2, 0.9)]) {
      for (const [, side, ground] of sides) {
        const shade = contrast(side(legible(color)), ground);
        expect(shade).toBeGreaterThanOrEqual(3);
        if (contrast(color, ground) < 3) expect(shade).toBeLessThan(3.4);
      }
    }
  });
});

describe('ramp(scheme, count, from, to)', () => {
  it('gives the ends of the published maps', () => {
    // Smith and van der Walt (2015): first and last entries of the tables of 256 colors
    expect(ramp('inferno', 2)).toEqual(['#000004', '#fcffa4']);
    expect(ramp('plasma', 2)).toEqual(['#0d0887', '#f0f921']);
  });

  it('has the 256 colors of d3-scale-chromatic, where positions of a ramp fall between them too', () => {
    const maps = { inferno: interpolateInferno, plasma: interpolatePlasma };
    for (const scheme of ['inferno', 'plasma'] as const) {
      for (const count of [1, 7, 64, 256, 1000]) {
        const positions = Array.from({ length: count }, (_, i) => (count === 1 ? 1 : i / (count - 1)));
        expect(ramp(scheme, count)).toEqual(positions.map(maps[scheme]));
      }
    }
  });

  it('follows hot of matplotlib', () => {
    // Red reaches 1 at 0.365079 = 93.1 / 255, green at 0.746032 = 190.2 / 255; at 0 red is 0.0416 = 10.6 / 255.
    // At 191 / 255 blue is (0.749020 - 0.746032) / 0.253968 = 0.01177 = 3.0 / 255.
    expect([0, 93, 191, 255].map((i) => ramp('hot', 256)[i])).toEqual(['#0b0000', '#ff0000', '#ffff03', '#ffffff']);
  });

  it('takes the end where one color is asked for', () => {
    expect(ramp('plasma', 1, 0.2, 1)).toEqual(['#f0f921']);
  });
});

describe.each(sides)('diverging(share) on a %s ground', (name, side, ground) => {
  const lab = (color: string) =>
    labOf([1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255)));
  const lightness = (share: number) => lab(side(diverging(share)))[0]!;
  const [zero, one] = name === 'light' ? [100, 34] : [10.9, 76];

  it('is the ground at 0 and equally light at the same distance to both sides', () => {
    expect(side(diverging(0))).toBe(ground);
    // Rounding to 8 bits moves L* by up to 0.25 here; between the given colors sRGB bends both sides nearly alike.
    for (let t = 0; t <= 1; t += 1 / 64) expect(Math.abs(lightness(t) - lightness(-t))).toBeLessThan(1);
  });

  it.each([1, -1])('goes away from the ground in equal steps toward %d', (sign) => {
    // Near black a step of 8 bits is up to 0.4 of L*, and sRGB bends more between the given colors.
    const slack = name === 'light' ? 1 : 1.5;
    for (let t = 0; t <= 1; t += 1 / 64)
      expect(Math.abs(lightness(sign * t) - (zero + (one - zero) * t))).toBeLessThan(slack);
  });

  it('says more by contrast: each of 32 levels has more than the one before, the last at least 6 : 1', () => {
    for (const sign of [1, -1]) {
      const levels = Array.from({ length: 33 }, (_, i) => contrast(side(diverging((sign * i) / 32)), ground));
      for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeGreaterThan(levels[i - 1]!);
      expect(levels.at(-1)).toBeGreaterThan(6);
    }
  });

  it('stays blue and vermilion for readers without red, green or blue cones', () => {
    const matrices = [
      [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
      [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
      [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
    ];
    for (const matrix of matrices) {
      const [plus, minus] = [0.5, -0.5].map((share) => labOf(simulate(side(diverging(share)), matrix)));
      expect(Math.hypot(...plus!.map((value, i) => value - minus![i]!))).toBeGreaterThan(30);
    }
  });

  it('has no more than its ends', () => {
    expect(diverging(7)).toBe(diverging(1));
    expect(diverging(Number.NEGATIVE_INFINITY)).toBe(diverging(-1));
  });

  it('has text of 4.5 : 1 on it, as tints of the palette and all color maps have', () => {
    const scale = Array.from({ length: 257 }, (_, i) => diverging((i - 128) / 128));
    const tints = palette.flatMap((color) => [0.15, 0.25, 0.5, 0.75, 1].map((share) => tint(color, share)));
    const maps = (['inferno', 'hot', 'plasma'] as const).flatMap((scheme) => ramp(scheme, 64));
    for (const color of [...scale, ...tints, ...maps, ink.grid, ink.none])
      expect(contrast(side(inkOn(color)), side(color))).toBeGreaterThanOrEqual(4.5);
  });
});
