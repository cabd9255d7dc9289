// Runs every ```js block of the READMEs on the built packages, as a reader would, and compares what each prints with its
// `// -> text` comments, in order. A block that prints more or less than it says, or fails, is a failure.
//   node scripts/readmes.mjs [--in folder] [file ...]        in a folder where the packages are installed; else in their own
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { root } from './pnpm.mjs';

const run = promisify(execFile);
const { values, positionals: given } = parseArgs({ options: { in: { type: 'string' } }, allowPositionals: true });
const files = given.length
  ? given
  : ['README.md', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)];

/** The js blocks of a Markdown file: their code, and what it says it prints. */
function blocksOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code], i) => ({
    name: `${file} block ${i + 1}`,
    // The root README may use every package; the tour is what has them all installed.
    folder: values.in ?? join(root, dirname(file) === '.' ? 'examples/tour' : dirname(file)),
    code,
    says: [...code.matchAll(/\/\/ -> (.*)$/gm)].map(([, line]) => line.trim()),
  }));
}

async function check({ name, folder, code, says }, i) {
  const path = join(folder, `.readme-${process.pid}-${i}.mjs`);
  writeFileSync(path, code);
  try {
    const { stdout } = await run(process.execPath, [path], { cwd: folder, timeout: 120_000 });
    const prints = stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    const same = prints.length === says.length && prints.every((line, k) => line === says[k]);
    return same ? undefined : `${name} says\n  ${says.join('\n  ')}\nand prints\n  ${prints.join('\n  ')}`;
  } catch (error) {
    return `${name} fails: ${error.stderr || error.message}`;
  } finally {
    rmSync(path, { force: true });
  }
}

const blocks = files.flatMap(blocksOf);
const problems = [];
const queue = [...blocks.entries()];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const problem = await check(next[1], next[0]);
      if (problem) problems.push(problem.replaceAll(`${root}/`, ''));
    }
  }),
);
for (const problem of problems) console.error(`${problem}\n`);
console.log(
  `${blocks.length - problems.length} of ${blocks.length} README blocks in ${files.length} files run as they say`,
);
process.exit(problems.length === 0 && blocks.length > 0 ? 0 : 1);
