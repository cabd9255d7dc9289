import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packages } from '../packages.ts';
import { LESSONS } from '../src/lesson/registry.ts';
import { compile } from '../src/playground/compile.ts';
import { importsOf, needsNode, runsInPages } from '../src/playground/imports.ts';
import { MODULE_NAMES } from '../src/playground/module-names.ts';

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

const modules: Record<string, object> = {
  m: { default: 'D', a: 1, b: 2, 'long name': 3 },
};

/** Runs a program; what it handed over. */
async function run(source: string) {
  const { body, imports } = compile(source);
  const said: unknown[] = [];
  let last: unknown;
  let names = {};
  await new AsyncFunction('$import', '$last', '$end', 'say', body)(
    async (name: string) => modules[name],
    (value: unknown, isCall: boolean) => {
      last = [value, isCall];
    },
    (get: () => object) => {
      names = get();
    },
    (value: unknown) => said.push(value),
  );
  return { said, last, names, imports: new Set(imports.keys()) };
}

describe('compile(source)', () => {
  it.each([
    [`import d from 'm'; say(d);`, ['D']],
    [`import { a } from 'm'; say(a);`, [1]],
    [`import { a as x, b } from "m"; say(x + b);`, [3]],
    [`import d, { a as x } from 'm'; say(d + x);`, ['D1']],
    [`import * as all from 'm'; say(all.b);`, [2]],
    [`import 'm'; say(0);`, [0]],
    [`import {\n  a,\n  b as as,\n} from 'm';\nsay(a + as);`, [3]],
    [`say(a);\nimport { a } from 'm';`, [1]],
    [`const { b } = await import('m'); say(b);`, [2]],
  ])('gives %j what the module has', async (source, said) => {
    expect(await run(source)).toMatchObject({ said, imports: new Set(source.includes('await import') ? [] : ['m']) });
  });

  it('hands over the value of the last statement, and whether it is that of a call', async () => {
    expect((await run('const a = 1;\na + 1; // two')).last).toEqual([2, false]);
    expect((await run('const f = () => 7;\nf()')).last).toEqual([7, true]);
    expect((await run('await 5')).last).toEqual([5, true]);
    expect((await run('1, 2')).last).toEqual([2, false]);
    expect((await run('const a = 1;')).last).toBeUndefined();
  });

  it('hands over the names of the outermost level alone', async () => {
    const source = `const [a, { b, c: [d] }] = [1, { b: 2, c: [3] }];
let e = () => { const hidden = 1; return hidden; };
for (const i of [1]) { const inner = i; }
function f(p) { return p; }`;
    expect(Object.keys((await run(source)).names)).toEqual(['a', 'b', 'd', 'e']);
  });

  it('names the line of each import', () => {
    expect([...compile(`import 'x';\n\nimport {\n  a,\n} from 'm';`).imports]).toEqual([
      ['x', 1],
      ['m', 5],
    ]);
  });

  it('leaves every line where it was', () => {
    const source = `import {\n  a,\n} from 'm';\n// here\nthrow new Error(a);`;
    const { body } = compile(source);
    expect(body.split('\n').slice(3, 5)).toEqual(source.split('\n').slice(3, 5));
  });

  it.each([
    ['const a = ;', 1],
    ['say(1);\nsay(;\n', 2],
    ['let x = 1;\n\nlet y = }', 3],
  ])('names the line of what is not JavaScript in %j', (source, line) => {
    expect(() => compile(source)).toThrow(expect.objectContaining({ line, name: 'SyntaxError' }));
  });

  it('refuses an export by its line', () => {
    expect(() => compile('\nexport const a = 1;')).toThrow('A program here is one file: it cannot export.');
  });
});

it('the programs that are made of lessons are programs, without types or imports of files', () => {
  const folder = new URL('../static/generated/programs/', import.meta.url);
  const files = readdirSync(folder);
  expect(files.map((name) => name.replace('.js', '')).sort()).toEqual(Object.keys(LESSONS).sort());
  for (const file of files) {
    const { body, imports } = compile(readFileSync(new URL(file, folder), 'utf8'));
    expect(() => new AsyncFunction(body), file).not.toThrow();
    const known = [
      ...MODULE_NAMES,
      '@weightkit/datasets',
      '@weightkit/datasets/sentiment',
      `lessons/${file.replace('.js', '')}`,
    ];
    for (const name of imports.keys()) expect(known, file).toContain(name);
  }
});

it('a program may import every entry of a package that needs no Node', () => {
  const entries = [...packages.map(({ name }) => name)].flatMap((name) => {
    const { exports } = JSON.parse(
      readFileSync(new URL(`../../packages/${name}/package.json`, import.meta.url), 'utf8'),
    ) as { exports: object };
    return Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => `@weightkit/${name}${entry.slice(1)}`);
  });
  const ours = entries.filter((name) => !needsNode(name)).sort();
  expect(ours.length).toBeGreaterThan(10);
  expect(runsInPages(MODULE_NAMES)).toBe(true);
  for (const other of ['node:fs', '@weightkit/core/node', '@tensorflow/tfjs-node', 'left-pad'])
    expect(runsInPages([...MODULE_NAMES, other])).toBe(false);
  expect(MODULE_NAMES.filter((name) => name.startsWith('@weightkit/'))).toEqual(ours);
});

it('importsOf(program) names its modules, over several lines too', () => {
  const program = `import * as tf from '@tensorflow/tfjs';\nimport {\n  a,\n  b,\n} from "x/y";\nimport 'z';\nconst s = 'from "w"';\n`;
  expect(importsOf(program)).toEqual(['@tensorflow/tfjs', 'x/y', 'z']);
});
