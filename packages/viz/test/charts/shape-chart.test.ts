import { shapeChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesOf } from '../boxes.ts';
import { count, textsOf } from '../figures.ts';

const matrices = [
  { name: 'kernel', rows: 30, columns: 40, columnParts: 4, kind: 'kernel' },
  { name: 'output', rows: 40, columns: 10, kind: 'kernel' },
  { name: 'bias', rows: 1, columns: 10, kind: 'bias' },
];
const rectanglesOf = (svg: string) => boxesOf(svg).filter(({ name, mark }) => name === 'rect' && mark === 'matrix');

describe('shapeChart(data, options)', () => {
  it('draws every matrix at one scale: sides and areas are to each other as rows, columns and entries are', () => {
    const side = fc.integer({ min: 20, max: 200 });
    const shape = fc.record({ name: fc.constant('m'), rows: side, columns: side });
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 300, max: 1200 }),
        (matrices, width) => {
          const boxes = rectanglesOf(shapeChart({ matrices }, { width }).svg());
          expect(boxes).toHaveLength(matrices.length);
          const scale = (boxes[0]!.right - boxes[0]!.left) / matrices[0]!.columns;
          for (const [i, { left, right, top, bottom }] of boxes.entries()) {
            // Each coordinate is rounded to a hundredth of a pixel, and the scale with it.
            expect(Math.abs(right - left - scale * matrices[i]!.columns)).toBeLessThan(
              0.02 * (1 + matrices[i]!.columns / 20),
            );
            expect(Math.abs(bottom - top - scale * matrices[i]!.rows)).toBeLessThan(
              0.02 * (1 + matrices[i]!.rows / 20),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('lets no two matrices overlap and none leave the drawing, whatever the shapes', () => {
    const side = fc.integer({ min: 1, max: 1e7 });
    const shape = fc.record({ name: fc.constantFrom('a', 'a longer name'), rows: side, columns: side });
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 120, max: 1200 }),
        (matrices, width) => {
          const boxes = rectanglesOf(shapeChart({ matrices }, { width }).svg());
          for (const [i, a] of boxes.entries()) {
            expect(a.left).toBeGreaterThanOrEqual(0);
            expect(a.right).toBeLessThanOrEqual(width);
            for (const b of boxes.slice(i + 1))
              expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('names each with its size or a note, divides it into its parts, and colors it by its kind', () => {
    const gates = [{ ...matrices[0]!, columnParts: ['i', 'f', 'c', 'o'] }, ...matrices.slice(1)];
    const svg = shapeChart({ matrices: gates }).svg();
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['kernel', '30 × 40 = 1200', 'i', 'f', 'c', 'o', 'output', 'bias', '1 × 10 = 10']),
    );
    const [lines] = /<path d="[^"]*"/.exec(svg)!;
    expect(count(lines, /M/g)).toBe(3);
    expect(count(svg, /fill="#0072b2" fill-opacity/g)).toBe(2);
    expect(count(svg, /fill="#d55e00" fill-opacity/g)).toBe(1);
    expect(shapeChart({ matrices: [{ ...matrices[0]!, note: 'a note' }] }).svg()).toContain('>a note<');
  });

  it('draws a side below a pixel as one pixel, in a height that is asked for as well', () => {
    const wide = [{ name: 'embedding', rows: 1e5, columns: 3 }, matrices[2]!];
    for (const options of [{}, { height: 300 }]) {
      const figure = shapeChart({ matrices: wide }, options);
      for (const { left, right, top, bottom } of rectanglesOf(figure.svg())) {
        expect(right - left).toBeGreaterThan(0.98);
        expect(bottom - top).toBeGreaterThan(0.98);
      }
      if ('height' in options) expect(figure.svg()).toContain('viewBox="0 0 640 300"');
    }
  });

  it('tells all matrices in its table, draws the first 60 and says so', () => {
    const many = Array.from({ length: 70 }, (_, i) => ({ name: `m${i}`, rows: 2, columns: 3 }));
    const { table, description, ...figure } = shapeChart({ matrices: many });
    expect(table.rows).toHaveLength(70);
    expect(table.rows[69]).toEqual(['m69', 2, 3, 6]);
    expect(description).toContain('the first 60 of 70 are drawn');
    expect(rectanglesOf(figure.svg())).toHaveLength(60);
  });

  it('refuses sides that are no whole numbers in range, parts that do not divide, and no matrix at all', () => {
    const one = (change: object) => () => shapeChart({ matrices: [{ ...matrices[0]!, ...change }] });
    expect(() => shapeChart({ matrices: [] })).toThrow('shapeChart: matrices must have at least one entry');
    expect(one({ rows: 0 })).toThrow('shapeChart: matrices[0].rows must be a whole number in [1, 1e7], got 0');
    expect(one({ columns: 2.5 })).toThrow('matrices[0].columns must be a whole number in [1, 1e7], got 2.5');
    expect(one({ columnParts: 3 })).toThrow('shapeChart: matrices[0].columnParts must divide 40, got 3');
    expect(one({ rowParts: ['a', 'b', 'c', 'd'] })).toThrow('matrices[0].rowParts must divide 30, got 4');
    expect(one({ rowParts: [] })).toThrow('matrices[0].rowParts must divide 30, got 0');
    expect(one({ name: 3 })).toThrow('shapeChart: matrices[0].name must be a string, got 3');
    expect(one({ kind: null })).toThrow('matrices[0].kind must be a string, got null');
  });
});
