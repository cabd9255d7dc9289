// A TypeScript user with strict options: modules resolved as Node does, with all declarations checked, and as bundlers do.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../../scripts/lib/root.mjs';

const compiler = createRequire(join(root, 'package.json')).resolve('typescript/lib/tsc.js');
const WAYS = {
  nodenext: { module: 'NodeNext', skipLibCheck: false, include: ['consumer.ts', 'commonjs.cts'] },
  bundler: { module: 'ESNext', moduleResolution: 'Bundler', skipLibCheck: true, include: ['consumer.ts'] },
};

/** The errors that tsc finds, one a line. */
function check(folder, name) {
  const { include, ...options } = WAYS[name];
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { target: 'ES2022', lib: ['ES2022', 'DOM'], types: [], noEmit: true, ...strict, ...options };
  const config = join(folder, 'types', `tsconfig.${name}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, include }));
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', config, '--pretty', 'false'], { cwd: folder }, (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => /error TS\d+/.test(line)));
    });
  });
}

/** Declarations of tfjs 4.22 and its dependencies have errors of their own, or against TypeScript's; only ours fail. */
const isForeign = (line) => !/^(types|node_modules\/@weightkit)\//.test(line);

export async function types({ folder }) {
  const found = await Promise.all(Object.keys(WAYS).map((name) => check(folder, name)));
  const ours = found.flatMap((lines, i) =>
    lines.filter((line) => !isForeign(line)).map((line) => `${Object.keys(WAYS)[i]}: ${line}`),
  );
  if (ours.length) throw new Error(ours.join('\n'));
  const packageOf = (line) => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(line.split('(')[0])[1];
  const foreign = new Set(found.flat().map(packageOf));
  return `no error of ours by ${Object.keys(WAYS).join(' and ')}; not counted: those in ${[...foreign].sort().join(', ')}`;
}
