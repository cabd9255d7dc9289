import { describe, expect, it } from 'vitest';
import { blocksOf, fencesOf } from '../lib/docs/blocks.mjs';
import { compare } from '../lib/docs/node.mjs';
import { checkCommands } from '../lib/docs/shell.mjs';

const lines = (text: string) => text.split('\n');

describe('blocks', () => {
  it('fencesOf(lines) gives language, meta, line and code, without the indentation of a list or of JSX', () => {
    const text = 'a\n\n   ```js browser title="a b"\n   if (x)\n     y();\n   ```\n';
    const meta = 'browser title="a b"';
    expect(fencesOf(lines(text))).toEqual([{ line: 3, language: 'js', meta, code: 'if (x)\n  y();\n' }]);
  });

  it('fencesOf(lines) leaves a shorter fence in a longer one as text, and tells of one that is not closed', () => {
    const [outer, open] = fencesOf(lines('````text\n```js\n1\n```\n````\n~~~js\n1'));
    expect(outer?.code).toBe('```js\n1\n```\n');
    expect(open?.broken).toBe('a fence must be closed');
  });

  it('blocksOf(source) finds an example with fences and one without', () => {
    const [fenced] = blocksOf('packages/numerics/src/random-key.ts');
    expect([fenced?.language, fenced?.bare]).toEqual(['js', undefined]);
    const [bare] = blocksOf('packages/pruning/src/polynomial-decay.ts');
    expect([bare?.bare, bare?.says]).toEqual([true, ['0.65625 undefined 0.75']]);
    expect(bare?.code.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('what a block prints', () => {
  it('compare(block, printed) takes lines in order, without indentation and empty lines, and no line more or less', () => {
    const block = { says: ['a', 'b'] };
    expect(compare(block, ['a\n', '  b'])).toBeUndefined();
    for (const printed of [['a'], ['a', 'b', 'c'], ['b', 'a'], []]) expect(compare(block, printed)).toContain('says');
  });
});

describe('commands', () => {
  const problem = (code: string, titles: string[] = []) => checkCommands({ code }, titles);

  it('checkCommands(block) takes scripts, packages and files that exist', () => {
    expect(problem('npm install @weightkit/core @tensorflow/tfjs@4.22.0 # both\n')).toBeUndefined();
    expect(problem('npm start\nnpm run lint && node scripts/pnpm.mjs install\n')).toBeUndefined();
    expect(problem('CI=true node mine.mjs\n', ['mine.mjs'])).toBeUndefined();
  });

  it('checkCommands(block) names what does not exist, and has no word for what it does not know', () => {
    expect(problem('npm run nothing\n')).toBe('npm run nothing is no script');
    expect(problem('npm i @weightkit/nothing\n')).toContain('installs @weightkit/nothing');
    expect(problem('node nothing.mjs\n')).toContain('names nothing.mjs');
    expect(problem('curl example.org\n')).toBe('curl has no rule');
    expect(problem('# nothing\n')).toBe('has no command');
  });
});
