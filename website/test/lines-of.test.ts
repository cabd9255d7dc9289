import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linesIn, linesOf } from '../src/lesson/lines-of.ts';

const source = `import { a } from 'a';

/** Two
 *  lines. */
/** One. */
export async function one(
  a: number,
): Promise<number> {
  const x = a;
  return x;
}
const short = 1;

const arrow = (a: number) =>
  a + 1;
const table = {
  one: 1,
};
// #region loop
for (;;) break;
// #endregion
`;

describe('linesOf', () => {
  it.each([
    ['one', 5, 11],
    ['short', 12, 12],
    ['arrow', 14, 15],
    ['table', 16, 18],
    ['loop', 20, 20],
  ])('%s stands in lines %i to %i', (name, from, to) => {
    const lines = source.split('\n').slice(from - 1, to);
    expect(linesOf(source, [name])).toEqual({ text: lines.join('\n'), first: from });
  });

  it('several names give all from the first to the last', () => {
    expect(linesOf(source, ['arrow', 'short']).text.split('\n')).toHaveLength(4);
  });

  it('a name that the file does not have is an error', () => {
    expect(() => linesOf(source, ['two'])).toThrow('must have a declaration or region of this name, got two');
  });

  it.each(['breaking-symmetry', 'compute-by-hand', 'not-all-seeds', 'signal-propagation', 'weights-during-learning'])(
    'every function of %s ends where it ends',
    (name) => {
      const file = readFileSync(new URL(`../../lessons/${name}/experiment.ts`, import.meta.url), 'utf8');
      const names = [...file.matchAll(/^(?:export )?(?:async )?(?:function|const) (\w+)/gm)].map(([, word]) => word!);
      for (const one of names) {
        const { text } = linesOf(file, [one]);
        const count = (bracket: RegExp) => text.match(bracket)?.length ?? 0;
        expect(count(/\{/g), one).toBe(count(/\}/g));
        expect(text.match(/^(export )?(async )?(function|const) /gm), one).toHaveLength(1);
      }
    },
  );
});

describe('linesIn', () => {
  const files = { 'experiment.ts': source, 'beside.ts': 'export const two = 2;\n' };

  it('finds the file that has the name, and its lines', () => {
    expect(linesIn(files, ['short'])).toEqual({ file: 'experiment.ts', ...linesOf(source, ['short']) });
    expect(linesIn(files, ['two'])).toEqual({ file: 'beside.ts', text: 'export const two = 2;', first: 1 });
  });

  it('names the files where none has it', () => {
    expect(() => linesIn(files, ['three'])).toThrow('experiment.ts or beside.ts must have a declaration or region');
  });
});
