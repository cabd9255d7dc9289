import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { checkArray } from '../marks/options.ts';

interface Groups {
  readonly names: readonly string[];
  readonly of: ArrayLike<number>;
}

/** Texts of a list, checked. */
export function readTexts(fn: string, what: string, given: readonly string[]): string[] {
  checkArray(fn, what, given);
  const read = Array.from(given);
  const ok = read.every((text) => typeof text === 'string');
  checkType(ok, `${fn}: ${what} must be strings`, given);
  return read;
}

/** Groups of so many `things`, checked: their names, at most `most`, and the number of the group of each. */
export function readGroups(
  fn: string,
  groups: Groups,
  count: number,
  things: string,
  most: number,
): { names: string[]; of: number[] } {
  checkOptions(fn, groups, ['names', 'of'], 'groups');
  const names = readTexts(fn, 'groups.names', groups.names);
  checkRange(names.length <= most, `${fn}: groups.names must be at most ${most}`, names.length);
  checkArray(fn, 'groups.of', groups.of);
  const of = Array.from(groups.of);
  checkRange(
    of.length === count,
    `${fn}: groups.of must have as many entries as ${things}`,
    `${of.length} for ${count}`,
  );
  for (const [i, group] of of.entries())
    checkRange(
      Number.isInteger(group) && group >= 0 && group < names.length,
      `${fn}: groups.of[${i}] must be the number of a group, below ${names.length}`,
      group,
    );
  return { names, of };
}
