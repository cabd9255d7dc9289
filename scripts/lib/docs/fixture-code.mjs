// The code behind what examples of doc comments take for granted, by name: run by fixture.mjs, and written above an example that is
// opened in an editor of the site.
export const FIXTURE = {
  model: `const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 8, inputShape: [10], name: 'dense1' }),
    tf.sequential({
      name: 'encoder',
      layers: [tf.layers.dense({ units: 5, inputShape: [8], name: 'inner' })],
    }),
    tf.layers.dense({ units: 2, name: 'out' }),
  ],
});
model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });`,
  x: `const x = tf.randomUniform([64, 10], -1, 1, 'float32', 1);`,
  y: 'const y = tf.ones([64, 2]);',
  layer: `const [layer] = tf.sequential({
  layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'layer' })],
}).layers;`,
};
