// A safetensors file, opened, pruned and looked at without TensorFlow.js.
import { openCheckpoint } from '@weightkit/checkpoint';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import { heatmap } from '@weightkit/viz';

// The bytes of a file as they would come from fetch() or a file field.
const weights = fillNormal(new Float32Array(64 * 32), randomKey(0, 'dense'));
const header = JSON.stringify({
  'dense/kernel': { dtype: 'F32', shape: [64, 32], data_offsets: [0, weights.byteLength] },
});
const room = Math.ceil(header.length / 8) * 8;
const bytes = new Uint8Array(8 + room + weights.byteLength);
new DataView(bytes.buffer).setBigUint64(0, BigInt(room), true);
bytes.set(new TextEncoder().encode(header.padEnd(room)), 8);
bytes.set(new Uint8Array(weights.buffer), 8 + room);

const file = await openCheckpoint(bytes);
console.log(file.format, file.tensors.map(({ name, shape }) => `${name} ${shape.join('×')}`).join(', '));

const { checkpoint, report } = await pruneCheckpoint(file, { sparsity: 0.5 });
const [was, is] = report.zeros;
console.log(`${is - was} of ${report.parameters} weights were set to zero`);

const [kernel] = checkpoint.tensors;
console.log(
  heatmap(
    { values: await kernel.values(), shape: kernel.shape },
    { title: 'dense/kernel after pruning: white is zero' },
  ),
);
