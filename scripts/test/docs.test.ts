import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blocksOf, documents, fencesOf } from '../lib/docs/blocks.mjs';
import { agrees, runConsoles, sessionsOf, wordsOf } from '../lib/docs/console.mjs';
import { compare } from '../lib/docs/node.mjs';
import { commandsOf, runCommands, STEPS, userCommands } from '../lib/docs/shell.mjs';
import { packagesOf } from '../lib/packages.mjs';

const lines = (text: string) => text.split('\n');

describe('console blocks', () => {
  it('sessionsOf(code) has each command with what it should print', () => {
    const code = '$ weightkit a\none\n\ntwo\n\n$ weightkit b\n';
    expect(sessionsOf(code)).toEqual([
      { command: 'weightkit a', says: 'one\n\ntwo' },
      { command: 'weightkit b', says: '' },
    ]);
  });

  it('wordsOf(command) keeps together what stands in quotes', () => {
    expect(wordsOf(`weightkit a --rule '**/x y=1' "b c" d`)).toEqual([
      'weightkit',
      'a',
      '--rule',
      '**/x y=1',
      'b c',
      'd',
    ]);
  });

  it('agrees(says, said) allows the bytes of a page with figures 5 %, and nothing else', () => {
    const says = 'report.html  74.1 kB (74,100 bytes)        4';
    expect(agrees(says, 'report.html  75.5 kB (75,472 bytes)        4')).toBe(true);
    expect(agrees(says, 'report.html  75.5 kB (75,472 bytes)        5')).toBe(false);
    expect(agrees(says, 'report.html  78.0 kB (78,000 bytes)        4')).toBe(false);
    expect(agrees(says.replace('html', 'bin'), 'report.bin  75.5 kB (75,472 bytes)        4')).toBe(false);
  });

  it('runConsoles(blocks) tells of a command that prints something else, but for what versions of zlib differ by', async () => {
    const problems: (string | undefined)[] = [];
    const report = (_: unknown, problem?: string) => void problems.push(problem);
    const [block] = blocksOf('packages/cli/README.md').filter(({ language }) => language === 'console');
    const changed = (from: RegExp, to: string) => ({ ...block, code: block.code.replace(from, to) });
    await runConsoles(
      [block, changed(/gzip 1\d\d kB/, 'gzip 7 kB'), changed(/hidden\/bias/, 'hidden/bia'), { ...block, code: '' }],
      { report },
    );
    expect(problems[0]).toBeUndefined();
    expect(problems[1]).toBeUndefined();
    expect(problems[2]).toContain('hidden/bias');
    expect(problems[3]).toBe('has no command');
  }, 30_000);
});

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
    const [fenced] = blocksOf('packages/numerics/src/random/random-key.ts');
    expect([fenced?.language, fenced?.bare]).toEqual(['js', undefined]);
    const [bare] = blocksOf('packages/pruning/src/schedules/polynomial-decay.ts');
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
  const problem = (code: string) => runCommands({ code });

  it('commandsOf(block) takes a command for each line or part of it, without comments', () => {
    const code = '$ npm  start # both\nnpm run lesson && cd weightkit\n# no command\nnode \\\n  mine.mjs\n';
    expect(commandsOf({ code })).toEqual(['npm start', 'npm run lesson', 'cd weightkit', 'node mine.mjs']);
  });

  it('runCommands(block) runs what no step runs', async () => {
    expect(await problem('git clone https://github.com/weightkit/weightkit\ncd weightkit\nnpm test\n')).toBeUndefined();
  }, 60_000);

  it('runCommands(block) says what nothing runs, and that a block has no command', async () => {
    for (const code of ['npm run nothing\n', 'npm start\nnode nothing.mjs\n', 'curl example.org\n'])
      expect(await problem(code)).toBe(`has a command that nothing runs: ${code.trim().split('\n').at(-1)}`);
    expect(await problem('# nothing\n')).toBe('has no command');
  });

  it('STEPS are steps of npm test', () => {
    const ci = readFileSync(new URL('../ci.mjs', import.meta.url), 'utf8');
    for (const [command, step] of Object.entries(STEPS))
      if (command !== 'npm test') expect(ci).toMatch(new RegExp(`^\\s*\\[?'${step}`, 'm'));
  });

  it('userCommands() are the commands of the pages that e2e runs: every package is installed by one', () => {
    const commands = userCommands();
    for (const { name } of packagesOf())
      expect(commands.some((command: string) => `${command} `.startsWith(`npm install ${name} `))).toBe(true);
  });
});

it('every column of every table has a head, which screen readers say with each cell', () => {
  const empty = documents().flatMap((path: string) => {
    const text = readFileSync(path, 'utf8').replaceAll(/^ *\* ?/gm, '');
    const heads = [...text.matchAll(/^\|(.*)\|\s*\n\|[\s:|-]+\|\s*$/gm)];
    return heads.flatMap(([, head = '']) =>
      head.split('|').some((cell) => cell.trim() === '') ? [`${path}: ${head}`] : [],
    );
  });
  expect(empty).toEqual([]);
});
