// What a user types, and what comes out: exit codes, JSON alone on standard output, files that stock TensorFlow.js reads afterwards.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [, , models] = process.argv;
const own = new URL('../node_modules/weightkit/', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', own), 'utf8'));
const file = new URL(bin.weightkit, own).pathname;

/** Runs a command line; standard output as JSON where it is asked for. */
function weightkit(line, code = 0) {
  const args = line.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  assert.equal(status, code, `${line} ended with ${status}\n${stdout}\n${stderr}`);
  return args.includes('json') ? JSON.parse(stdout) : { stdout, stderr };
}

assert.match(readFileSync(file, 'utf8'), /^#!\/usr\/bin\/env node\n/);
const { tensors, parameters } = weightkit(`inspect ${models}/model --format json`);
assert.deepEqual(
  tensors.map(({ name }) => name),
  ['hidden/kernel', 'hidden/bias', 'out/kernel', 'out/bias'],
);
assert.equal(parameters, 8 * 24 + 24 + 24 * 2 + 2);
assert.match(weightkit('inspct', 2).stderr, /Did you mean inspect/);
assert.match(weightkit('inspect nothing.safetensors', 3).stderr, /no such file/);
console.log(`${process.version} does all`);
