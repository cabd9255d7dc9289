// Trains the same deep network from five initializers and several seeds, and writes a report: curves with bands, accuracies with intervals.
//   node main.mjs [seeds]        2 to 20, 6 when left out
import { mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { glorotUniform, heNormal, normal, orthogonal, torchDefault } from '@weightkit/initializers';
import { bandChart, pairedDots, report } from '@weightkit/viz';
import { interval } from './interval.mjs';
import { readData, run } from './train.mjs';

const BASELINE = 'glorotUniform'; // what layers of TensorFlow.js start from
const INITIALIZERS = {
  glorotUniform: glorotUniform(),
  heNormal: heNormal(),
  orthogonal: orthogonal({ gain: Math.SQRT2 }), // relu halves the mean square
  torchDefault: torchDefault(),
  'normal, std 0.05': normal({ std: 0.05 }),
};
const seeds = Number(process.argv[2] ?? 6);
if (!(Number.isInteger(seeds) && seeds >= 2 && seeds <= 20))
  throw new RangeError(`seeds must be 2 to 20, got ${process.argv[2]}`);

tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // for layers this small threads cost more than they give
await tf.setBackend('wasm');
const before = tf.memory().numTensors;
const data = readData();
const runs = {};
for (const [name, initializer] of Object.entries(INITIALIZERS)) {
  runs[name] = [];
  for (let seed = 0; seed < seeds; seed++) runs[name].push(await run(initializer, seed, data));
}
data.dispose();

// Differences are taken seed by seed: what an order of the data does to both cancels.
const accuracies = (name) => runs[name].map(({ accuracy }) => accuracy);
const baseline = interval(accuracies(BASELINE));
const rows = Object.keys(runs).map((name) => {
  const gains = accuracies(name).map((accuracy, seed) => accuracy - runs[BASELINE][seed].accuracy);
  return { name, accuracy: interval(accuracies(name)), gain: interval(gains) };
});

const curves = bandChart(
  { bands: Object.entries(runs).map(([name, list]) => ({ name, runs: list.map(({ losses }) => losses) })) },
  { title: 'Loss while learning', yLabel: 'cross-entropy' },
);
const gains = pairedDots(
  {
    rows: rows
      .filter(({ name }) => name !== BASELINE)
      .map(({ name, gain }) => ({
        name,
        from: baseline.mean,
        to: baseline.mean + gain.mean,
        interval: [baseline.mean + gain.low, baseline.mean + gain.high],
      })),
  },
  {
    title: `Accuracy after one pass, beside ${BASELINE}`,
    fromLabel: BASELINE,
    toLabel: 'this initializer',
    xLabel: '% of test digits',
  },
);

const signed = (value) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
const table = [
  `| initializer | accuracy, ${seeds} seeds | points above ${BASELINE}, 95 % interval |`,
  '| --- | --- | --- |',
  ...rows.map(({ name, accuracy, gain }) => {
    const interval = name === BASELINE ? '' : `${signed(gain.mean)}, from ${signed(gain.low)} to ${signed(gain.high)}`;
    return `| ${name} | ${accuracy.mean.toFixed(1)} % ± ${accuracy.half.toFixed(1)} | ${interval} |`;
  }),
].join('\n');

mkdirSync('out', { recursive: true });
writeFileSync('out/report.html', report([curves, gains], { title: `Initializers, ${seeds} seeds each` }));
writeFileSync('out/curves.svg', curves.svg());
writeFileSync('out/gains.svg', gains.svg());
writeFileSync(
  'out/report.md',
  `# Initializers\n\n${table}\n\n![${curves.description}](curves.svg)\n\n![${gains.description}](gains.svg)\n`,
);
console.log(table);
console.log(`out/report.html and out/report.md are written, tensors left behind: ${tf.memory().numTensors - before}`);
