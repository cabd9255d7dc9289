// The packages are ES modules; Node 20.19 and newer give them to require().
const assert = require('node:assert/strict');
const tf = require('@tensorflow/tfjs');

const ENTRIES = [
  '@weightkit/core',
  '@weightkit/core/node',
  '@weightkit/initializers',
  '@weightkit/initializers/layers',
  '@weightkit/checkpoint',
  '@weightkit/numerics',
  '@weightkit/numerics/check',
  '@weightkit/pruning',
  '@weightkit/pruning/checkpoint',
  '@weightkit/quantization',
  '@weightkit/quantization/checkpoint',
  '@weightkit/transfer-freeze',
  '@weightkit/viz',
  '@weightkit/weight-metrics',
  '@weightkit/weight-metrics/checkpoint',
  '@weightkit/weight-metrics/tensorboard',
  '@weightkit/weightnorm',
];

async function main() {
  for (const entry of ENTRIES) assert.ok(Object.keys(require(entry)).length > 0, `${entry} has exports`);
  const { initialize, heNormal } = require('@weightkit/initializers');
  const { prune } = require('@weightkit/pruning');
  const { lineChart } = require('@weightkit/viz');
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 8, inputShape: [10], name: 'out' })] });
  assert.equal(initialize(model, heNormal(), { seed: 1 }).initialized.length, 1);
  const pruning = await prune(model, { sparsity: 0.9 });
  assert.equal((await pruning.verify()).nonzero, 0);
  assert.equal(pruning.report().weights[0].zeros, 72);
  assert.ok(
    lineChart({ series: [{ name: 'loss', y: [2, 1] }] })
      .svg()
      .startsWith('<svg'),
  );
  console.log(`${ENTRIES.length} entries by require, on one tfjs`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
