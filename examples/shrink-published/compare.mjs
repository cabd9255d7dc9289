// Runs the published and the smaller models on an image. Nothing here is of weightkit: the files are those of TensorFlow.js.
//   node compare.mjs [image.png]
import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-node';

const before = tf.memory().numTensors;

/** An image of rings and stripes, fine and coarse, where none is given. */
function testCard(size = 96) {
  const place = tf.range(0, size);
  const [y, x] = [tf.reshape(place, [size, 1, 1]), tf.reshape(place, [1, size, 1])];
  const waves = [0.05, 0.02, 0.01].map((pace) => tf.cos(tf.mul(tf.add(tf.square(x), tf.square(y)), pace)));
  return tf.mul(tf.add(tf.concat(waves, 2), 1), 127.5);
}

const image = tf.tidy(() => {
  const given = process.argv[2] && tf.node.decodeImage(readFileSync(process.argv[2]), 3);
  return tf.expandDims(tf.round(given ? tf.cast(given, 'float32') : testCard()));
});

/** The image at twice its size, as a model draws it: whole numbers from 0 to 255. */
async function upscale(name) {
  const model = await tf.loadLayersModel(`file://out/${name}/model.json`);
  const large = tf.tidy(() => tf.round(tf.clipByValue(model.predict(image), 0, 255)));
  model.dispose();
  const png = tf.tidy(() => tf.cast(tf.squeeze(large), 'int32'));
  writeFileSync(`out/${name}.png`, await tf.node.encodePng(png));
  png.dispose();
  return large;
}

const wanted = await upscale('published');
const [, height, width] = wanted.shape;
console.log(`published: ${image.shape[2]} x ${image.shape[1]} pixels to ${width} x ${height}`);
for (const name of ['half', 'quarter']) {
  const got = await upscale(name);
  const difference = tf.tidy(() => tf.abs(tf.sub(got, wanted)));
  const values = await difference.data();
  const same = values.filter((value) => value === 0).length / values.length;
  const worst = values.reduce((a, b) => Math.max(a, b));
  console.log(
    `${name}: ${(100 * same).toFixed(1)} % of the values are the same, the others differ by at most ${worst} of 255`,
  );
  tf.dispose([got, difference]);
}
tf.dispose([image, wanted]);
console.log(`tensors left behind: ${tf.memory().numTensors - before}`);
