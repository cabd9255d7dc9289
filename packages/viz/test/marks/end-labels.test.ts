import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endLabels, labelsIn, spreadLabels } from '../../src/marks/end-labels.ts';
import golden from '../golden/labels.json' with { type: 'json' };

describe('spreadLabels(wanted, gap, low, high)', () => {
  it.each(golden.cases)('moves $wanted.length labels as isotonic regression does', ({ wanted, gap, placed }) => {
    const heights = spreadLabels(wanted, gap, 0, 200);
    // sums of up to 25 numbers below 200
    placed.forEach((height, i) => {
      expect(heights[i]).toBeCloseTo(height, 10);
    });
    const back = spreadLabels([...wanted].reverse(), gap, 0, 200);
    back.reverse().forEach((height, i) => {
      expect(height).toBeCloseTo(placed[i]!, 10);
    });
  });

  it('keeps labels apart, within the ends, in order, and where they are if they have room', () => {
    const wanted = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 11 });
    fc.assert(
      fc.property(wanted, (all) => {
        const heights = spreadLabels(all, 10, 0, 100);
        const order = [...all.keys()].sort((a, b) => heights[a]! - heights[b]!);
        order.forEach((label, i) => {
          expect(heights[label]).toBeGreaterThanOrEqual(0);
          expect(heights[label]).toBeLessThanOrEqual(100 + 1e-9);
          if (i === 0) return;
          expect(heights[label]! - heights[order[i - 1]!]!).toBeGreaterThanOrEqual(10 - 1e-9);
          expect(all[label]).toBeGreaterThanOrEqual(all[order[i - 1]!]!);
        });
        const apart = order.every((label, i) => i === 0 || all[label]! - all[order[i - 1]!]! >= 10 + 1e-9);
        if (apart)
          heights.forEach((height, i) => {
            expect(height).toBeCloseTo(all[i]!, 9);
          });
      }),
      { numRuns: 500 },
    );
  });
});

describe('endLabels(frame, labels, room)', () => {
  it('has room for as many as labelsIn(frame) says', () => {
    const frame = { left: 0, right: 100, top: 0, bottom: 100 };
    const many = Array.from({ length: labelsIn(frame) }, (_, i) => ({ name: `n${i}`, x: 100, y: 500, color: '#000' }));
    const [, names] = endLabels(frame, many, 80);
    const heights = names!.children.map((child) => (typeof child === 'string' ? 0 : Number(child.attributes.y)));
    // text stands 0.34 em below its middle
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...heights)).toBeLessThanOrEqual(104.1);
  });
});
