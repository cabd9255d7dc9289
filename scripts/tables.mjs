// npm run tables: measures again what the lessons state, and writes it into their measured.json and the marked parts of their pages.
// Without a name all of them, which takes most of an hour; a test says which are stale. Interrupted, it goes on where it was.
//   node scripts/tables.mjs [name ...] [--text]     --text: the pages alone, from what was measured before
//   node scripts/tables.mjs [name ...] --default    the default runs alone, which the pages show before one runs anything (default.json)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gitIn } from './lib/changed-files.mjs';
import { withParts } from './lib/generated.mjs';
import { defaultInputsOf, inputsOf } from './lib/table-inputs.mjs';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const { values, positionals } = parseArgs({
  options: { text: { type: 'boolean' }, default: { type: 'boolean' } },
  allowPositionals: true,
});
const all = readdirSync(join(root, 'lessons')).filter((name) => existsSync(join(root, 'lessons', name, 'lesson.ts')));
const unknown = positionals.find((name) => !all.includes(name));
if (unknown) {
  console.error(`tables: a name must be one of ${all.join(', ')}, got ${unknown}`);
  process.exit(1);
}
const names = positionals.length ? positionals : all;
const built = pnpm(['exec', 'turbo', 'run', 'build', '--filter=lessons', '--output-logs=errors-only']);
if (built.status !== 0) process.exit(1);
// Rows that are done are kept here until all are.
const scratch = join(root, 'node_modules/.cache/weightkit/tables');
mkdirSync(scratch, { recursive: true });

// Asked before the first table is written, which would make the second one's commit dirty.
const commit = gitIn()('describe', '--always', '--dirty', '--exclude=*') ?? 'unknown';

/** Makes the runs in a process of their own. */
function measure(name) {
  const program = join(root, 'tooling/lesson/dist/measure-main.js');
  const inputs = inputsOf(name);
  const [out, kept] = ['json', 'jsonl'].map((end) => join(scratch, `${name}-${inputs}.${end}`));
  const args = [program, join(root, 'lessons/dist', name, 'measure.js'), out, kept];
  const run = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (run.status !== 0) throw new Error(`tables: the runs of ${name} failed`);
  const { backend, seeds, sample, rows } = JSON.parse(readFileSync(out, 'utf8'));
  for (const file of [out, kept]) rmSync(file, { force: true });
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim() ?? 'unknown processor'}, ${platform()} ${arch()}, Node ${process.versions.node}`;
  const made = { by: `npm run tables -- ${name}`, commit, machine, backend, seeds, inputs };
  // A row a line.
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
  const head = JSON.stringify({ made, sample }, null, 1).slice(0, -2);
  const file = join(root, 'lessons', name, 'measured.json');
  writeFileSync(file, `${head},\n "rows": [\n${lines}\n ]\n}\n`);
  pnpm(['exec', 'biome', 'format', '--write', file]);
}

/** Writes the parts of the page that state what was measured, and the modules that hold it. */
async function writeText(name) {
  const page = join(root, 'lessons', name, 'lesson.mdx');
  const measured = JSON.parse(readFileSync(join(root, 'lessons', name, 'measured.json'), 'utf8'));
  const { parts, files } = await import(pathToFileURL(join(root, 'lessons/dist', name, 'parts.js')).href);
  writeFileSync(page, withParts(readFileSync(page, 'utf8'), parts(measured)));
  // Figures that show what was measured have it in a module of their own.
  for (const [file, text] of Object.entries(files?.(measured) ?? {}))
    writeFileSync(join(root, 'lessons', name, file), text);
}

/** Makes the default run, a matter of seconds. */
async function runDefault(name) {
  const built = join(root, 'lessons/dist', name, 'lesson.js');
  const program = join(root, 'tooling/lesson/dist/default-main.js');
  const run = spawnSync(process.execPath, [program, built], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(`tables: the default run of ${name} failed: ${run.stderr}`);
  const { backend, summary, result } = JSON.parse(run.stdout);
  const { initialValues } = await import(pathToFileURL(join(root, 'tooling/lesson/dist/index.js')).href);
  const { lesson } = await import(pathToFileURL(built).href);
  const made = {
    by: `npm run tables -- ${name} --default`,
    backend,
    inputs: defaultInputsOf(name, initialValues(lesson)),
  };
  const head = JSON.stringify({ made, summary }, null, 1).slice(0, -2);
  writeFileSync(join(root, 'lessons', name, 'default.json'), `${head},\n "result": ${JSON.stringify(result)}\n}\n`);
}

for (const name of names) {
  console.log(name);
  if (!values.text) await runDefault(name);
  if (values.default || !existsSync(join(root, 'lessons', name, 'measure.ts'))) continue;
  if (!values.text) measure(name);
  await writeText(name);
}
