// Classifiers that other people published, and what they are tried on where nobody has their data.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { tensorsOf } from './mnist.mjs';

const EXAMPLES = 1000;
const SEEN = 512;

/** Numbers from 0 to 1 by a name. */
const noise = (count, name) => fillUniform(new Float32Array(count), randomKey(1, name));

/** What each is given, by its folder: examples for a name, `rows` of them, all different for another name. */
const INPUTS = {
  // Texts of ten letters, each a row with a single 1.
  charrnn: (rows, name) =>
    tf.tidy(() =>
      tf.cast(
        tf.oneHot(
          tf.tensor2d(
            noise(10 * rows, name).map((u) => Math.floor(150 * u)),
            [rows, 10],
            'int32',
          ),
          150,
        ),
        'float32',
      ),
    ),
  // Features of a second of sound, from 0 to 1.
  laugh: (rows, name) => tf.tensor2d(noise(43 * rows, name), [rows, 43]),
  // Which words of a list occur.
  chatb: (rows, name) =>
    tf.tensor2d(
      noise(35 * rows, name).map((u) => Number(u < 0.15)),
      [rows, 35],
    ),
};

async function load(folder) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(join(folder, path))));
  const weightData = Uint8Array.from(Buffer.concat(shards)).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/** The models that are tried. */
export const PUBLISHED = ['charrnn', 'chatb', 'fashion', 'laugh'];

/** One of them, in a folder of the folder; digits stand in for other pictures of their size. */
export async function publishedNetwork(name, folder, { train, test }) {
  const digits = (part, rows) => tensorsOf(part, [...Array(rows).keys()], [28, 28]).x;
  return {
    model: await load(join(folder, name)),
    test: { x: name === 'fashion' ? digits(test, EXAMPLES) : INPUTS[name](EXAMPLES, 'examples') },
    calibration: name === 'fashion' ? digits(train, SEEN) : INPUTS[name](SEEN, 'calibration'),
  };
}
