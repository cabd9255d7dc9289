import fc from 'fast-check';
import { describe, it } from 'vitest';
import { anyFigure, anyTable, checkDrawing, checkReport } from '../test/any-data.ts';

// A failing drawing is not shrunk: it takes longer than the run, and the seed that is printed brings it back.
describe('whatever the data, many times', () => {
  it.each(Object.entries(anyFigure))('%s draws it, in bounded time, with coordinates that are numbers', (_, figure) => {
    fc.assert(fc.property(figure, checkDrawing), { numRuns: 2000, endOnFailure: true });
  });

  it('report holds it', () => {
    fc.assert(fc.property(fc.tuple(...Object.values(anyFigure)), anyTable, checkReport), {
      numRuns: 300,
      endOnFailure: true,
    });
  });
});
