// Weight files without TensorFlow.js: measured, pruned, quantized, converted, written in place.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
import { compare, summarize } from '@weightkit/weight-metrics/checkpoint';

const out = process.argv[2];
await assert.rejects(import('@tensorflow/tfjs-core'), { code: 'ERR_MODULE_NOT_FOUND' });
await assert.rejects(import('@weightkit/quantization'), { code: 'ERR_MODULE_NOT_FOUND' });

const model = await openCheckpoint(`${out}/model`);
const again = await openCheckpoint(`${out}/model.safetensors`);
const parameters = (await summarize(model)).reduce((sum, one) => sum + one.parameters, 0);
const compared = await compare(model, again);
assert.deepEqual([...new Set(compared.map(({ maxAbs }) => maxAbs))], [0]);
await again.close();

const { checkpoint: pruned } = await pruneCheckpoint(model, { sparsity: 0.5 });
await writeCheckpoint(pruned, `${out}/pruned`, { format: 'tfjs' });
const { checkpoint: small, report } = await quantizeCheckpoint(pruned, { dtype: 'uint8' });
// In place: the files that are read are replaced when all is read.
await writeCheckpoint(small, `${out}/model`, { format: 'tfjs', overwrite: true });
await small.close();
assert.equal(readdirSync(`${out}/model`).length, 2);
console.log(`${parameters} parameters, ${report.bytes[0]} bytes, then ${report.bytes[1]}, without TensorFlow.js`);
