// What the examples of doc comments may take for granted beside the exports of their package and of @weightkit/core: `tf`, a
// compiled `model` with layers dense1, encoder and out, data `x` and `y` for it, and a `layer`.

/** Fresh for each example. */
export function fixture(tf) {
  const { dense } = tf.layers;
  const encoder = tf.sequential({ name: 'encoder', layers: [dense({ units: 5, inputShape: [8], name: 'inner' })] });
  const model = tf.sequential({
    layers: [dense({ units: 8, inputShape: [10], name: 'dense1' }), encoder, dense({ units: 2, name: 'out' })],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const [x, y] = [tf.randomUniform([64, 10], -1, 1, 'float32', 1), tf.ones([64, 2])];
  const [layer] = tf.sequential({ layers: [dense({ units: 2, inputShape: [3], name: 'layer' })] }).layers;
  return { model, x, y, layer };
}

/** Takes what browsers save to, and keeps nothing. */
export function takeDownloads(tf) {
  const taken = tf.io.withSaveHandler(async () => ({ modelArtifactsInfo: { dateSaved: new Date() } }));
  tf.io.registerSaveRouter((url) => (/^(downloads|indexeddb|localstorage):\/\//.test(url) ? taken : null));
}
