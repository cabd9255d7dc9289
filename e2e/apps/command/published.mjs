// Every command on a model that somebody has published.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { weightkit } from './weightkit.mjs';

const [, , models, out] = process.argv;
mkdirSync(out, { recursive: true });
// Copied, because command lines are split at spaces here, and where packages are installed may have one.
const model = `${out}/model`;
cpSync(models, model, { recursive: true });

const { tensors, parameters } = weightkit(`inspect ${model} --format json`);
assert.deepEqual([tensors.length, parameters], [24, 222_075]);
assert.deepEqual(weightkit(`check ${model} --format json`).findings, []);

const pruned = weightkit(`prune ${model} ${out}/pruned --sparsity 0.5 --format json`);
assert.equal(pruned.after.bytes, pruned.before.bytes);
assert.equal(weightkit(`diff ${model} ${out}/pruned --format json`, 1).same, false);

const filters = weightkit(`prune ${model} ${out}/filters --structure unit --sparsity GFF_1/*=0.5 --format json`);
assert.deepEqual(
  filters.groups.map(({ layer, groups, pruned }) => [layer, groups, pruned.length]),
  [['GFF_1', 64, 32]],
);
const fewer = weightkit(`shrink ${out}/filters ${out}/fewer --format json`);
assert.deepEqual([fewer.guarantee.outputs, fewer.guarantee.units], ['identity', 32]);

const small = weightkit(`quantize ${model} ${out}/small --dtype uint8 --format json`);
assert.ok(small.after.bytes < 0.3 * small.before.bytes, `${small.after.bytes} bytes`);
// Without a data type two bytes are the most that a number has.
const safe = weightkit(`quantize ${model} ${out}/safe --format json`);
assert.ok(safe.after.bytes < 0.55 * safe.before.bytes, `${safe.after.bytes} bytes`);

weightkit(`convert ${model} ${out}/model.safetensors`);
weightkit(`convert ${out}/model.safetensors ${out}/back/model.json --into ${model}/model.json`);
assert.equal(weightkit(`diff ${model} ${out}/back --format json`).same, true);
const weights = (folder) => readFileSync(`${folder}/group1-shard1of1.bin`);
assert.ok(weights(model).equals(weights(`${out}/back`)));

weightkit(`report ${model} ${out}/report.html`);
assert.match(readFileSync(`${out}/report.html`, 'utf8'), /^<!doctype html>/i);
console.log(`a published model of ${tensors.length} tensors by every command`);
