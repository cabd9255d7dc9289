import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uniquePaths } from '../../src/model/unique-paths.ts';

it('uniquePaths() returns a new path as it is and a known one with the first free number', () => {
  const unique = uniquePaths();
  expect(['a', 'b', 'a', 'a_1', 'a', 'a_1'].map(unique)).toEqual(['a', 'b', 'a_1', 'a_1_1', 'a_2', 'a_1_2']);
});

it('uniquePaths() never returns one path twice', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^a(_1)?(_2)?$/)), (wanted) => {
      const paths = wanted.map(uniquePaths());
      expect(new Set(paths).size).toBe(paths.length);
      for (const [i, path] of paths.entries()) expect(path.startsWith(wanted[i]!)).toBe(true);
    }),
  );
});
