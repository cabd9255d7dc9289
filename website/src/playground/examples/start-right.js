// A deep network keeps its signal only when its weights begin at the right size.
import * as tf from '@tensorflow/tfjs';
import { glorotUniform, heNormal, initialize, signalReport } from '@weightkit/initializers';
import { lineChart } from '@weightkit/viz';

const layers = Array.from({ length: 12 }, (_, i) =>
  tf.layers.dense({ units: 64, activation: 'relu', name: `hidden${i + 1}`, inputShape: i === 0 ? [64] : undefined }),
);
const model = tf.sequential({ layers });
const x = tf.randomNormal([256, 64], 0, 1, 'float32', 1);

const series = [];
for (const [name, law] of [
  ['glorotUniform', glorotUniform()],
  ['heNormal', heNormal()],
]) {
  initialize(model, law, { seed: 0 });
  const { layers: reports } = await signalReport(model, x);
  series.push({ name, y: reports.map(({ forward }) => forward.measured) });
  console.log(name, 'after 12 layers:', reports.at(-1).forward.measured.toFixed(4));
}

console.log(lineChart({ series }, { title: 'Variance of the signal', xLabel: 'layer', yScale: 'log' }));
x.dispose();
model.dispose();
