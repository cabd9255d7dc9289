import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNetwork } from '../../src/charts/network.ts';
import { layoutNetwork, networkHeight } from '../../src/charts/network-layout.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 16 });
const name = fc.constantFrom('', 'x', 'a name that is long enough to be cut');

/** A network of weights 1 with layers of these sizes. */
const networkOf = (counts: readonly number[], unitName: string) =>
  readNetwork({
    layers: counts.map((count, i) => ({
      name: `layer ${i}`,
      units: Array.from({ length: count }, () => ({ name: unitName, bias: 1 })),
    })),
    weights: counts.slice(1).map((outputs, i) => {
      const shape = [counts[i]!, outputs];
      return { values: new Float32Array(shape[0]! * shape[1]!).fill(1), shape };
    }),
  });

describe('layoutNetwork(network, size)', () => {
  it('keeps units apart and inside of the drawing, whatever its size', () => {
    const width = fc.integer({ min: 120, max: 4000 });
    fc.assert(
      fc.property(
        sizes,
        name,
        width,
        fc.option(fc.integer({ min: 80, max: 3000 })),
        (counts, unitName, width, asked) => {
          const network = networkOf(counts, unitName);
          const height = asked ?? networkHeight(network);
          const { places, folds, radius, columns, gap } = layoutNetwork(network, { width, height });
          const all = places.flat();
          for (const [x, y] of all) {
            expect(x - radius).toBeGreaterThanOrEqual(0);
            expect(x + radius).toBeLessThanOrEqual(width);
            if (asked === null) expect(y - radius).toBeGreaterThanOrEqual(30);
            expect(y + radius).toBeLessThanOrEqual(height);
          }
          for (const [i, column] of places.entries()) {
            const rows = [...column.map(([, y]) => y), ...(folds[i] ? [folds[i][1]] : [])].sort((a, b) => a - b);
            // A radius is at least 1.5, so in a drawing too low for its units they touch.
            for (let k = 1; k < rows.length; k++)
              if (radius > 1.5) expect(rows[k]! - rows[k - 1]!).toBeGreaterThan(2 * radius);
          }
          const lines = [...columns, ...(gap === undefined ? [] : [gap])].sort((a, b) => a - b);
          for (let k = 1; k < lines.length; k++)
            expect(lines[k]! - lines[k - 1]!).toBeGreaterThan(radius > 1.5 ? 2 * radius : 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('draws 24 units of a layer and 12 layers, and both ends of more', () => {
    const countsOf = (counts: number[]) => networkOf(counts, '').layers.map(({ units }) => units.length);
    expect(countsOf([24, 25, 784])).toEqual([24, 16, 16]);
    expect(networkOf([1, 25], '').layers[1]!.units.map(({ index }) => index)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 17, 18, 19, 20, 21, 22, 23, 24,
    ]);
    expect(networkOf(new Array(12).fill(2), '').layers).toHaveLength(12);
    expect(networkOf(new Array(13).fill(2), '').layers.map(({ index }) => index)).toEqual([
      0, 1, 2, 3, 4, 8, 9, 10, 11, 12,
    ]);
  });
});
