// What a user types, and what comes out: exit codes, JSON alone on standard output, files that stock TensorFlow.js reads afterwards.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { file, weightkit } from './weightkit.mjs';

const [, , models, out] = process.argv;
mkdirSync(out);
// One that is long enough to be stopped.
const BIG = 40_000_000;

assert.match(readFileSync(file, 'utf8'), /^#!\/usr\/bin\/env node\n/);
const { tensors, parameters } = weightkit(`inspect ${models}/model --format json`);
assert.deepEqual(
  tensors.map(({ name }) => name),
  ['hidden/kernel', 'hidden/bias', 'out/kernel', 'out/bias'],
);
assert.equal(parameters, 8 * 24 + 24 + 24 * 2 + 2);
assert.match(weightkit('inspct', 2).stderr, /Did you mean inspect/);
assert.match(weightkit('inspect nothing.safetensors', 3).stderr, /no such file/);

assert.equal(weightkit(`diff ${models}/model ${models}/model.safetensors --format json`).same, true);
const planned = weightkit(`prune ${models}/model ${out}/pruned --sparsity 0.5 --dry-run --format json`);
assert.equal(existsSync(`${out}/pruned`), false);
const pruned = weightkit(`prune ${models}/model ${out}/pruned --sparsity 0.5 --format json`);
assert.deepEqual([pruned.zeros[1], pruned.after.bytes], [120, planned.after.bytes]);
weightkit(`quantize ${out}/pruned ${out}/model --format json`);
assert.match(weightkit(`quantize ${out}/pruned ${out}/model`, 2).stderr, /is there already/);
weightkit(`diff ${out}/pruned ${out}/model --max-abs 0.01`);
weightkit(`diff ${out}/pruned ${out}/model`, 1);
weightkit(`convert ${models}/model ${out}/model.safetensors`);
weightkit(`convert ${out}/model.safetensors ${out}/back --to tfjs --into ${models}/model/model.json`);
weightkit(`diff ${models}/model ${out}/back`);
weightkit(`report ${out}/model ${out}/report.html`);
// Where models cannot be run, it says what is missing.
assert.match(weightkit(`verify ${models}/model ${out}/model`, 2).stderr, /@tensorflow\/tfjs is not installed beside/);
weightkit(`check ${models}/model --format json`);
truncateSync(`${out}/back/group1-shard1of1.bin`, 1000);
const [{ kind, message }] = weightkit(`check ${out}/back --format json`, 1).findings;
assert.equal(kind, 'weights-length');
assert.match(message, /needs 64 bytes more/);

// Ctrl-C in the middle of a write.
const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape: [BIG], data_offsets: [0, 4 * BIG] } }));
const length = Buffer.alloc(8);
length.writeUInt32LE(header.length);
writeFileSync(`${out}/big.safetensors`, Buffer.concat([length, header]));
truncateSync(`${out}/big.safetensors`, 8 + header.length + 4 * BIG);
mkdirSync(`${out}/stopped`);
const child = spawn(process.execPath, [file, 'convert', `${out}/big.safetensors`, `${out}/stopped/w.safetensors`], {
  stdio: 'ignore',
});
const ended = new Promise((done) => child.on('exit', (code, signal) => done(code ?? signal)));
while (readdirSync(`${out}/stopped`).length === 0) await new Promise((wait) => setTimeout(wait, 1));
child.kill('SIGINT');
assert.equal(await ended, 130);
assert.deepEqual(readdirSync(`${out}/stopped`), []);
console.log(`${process.version} does all`);
