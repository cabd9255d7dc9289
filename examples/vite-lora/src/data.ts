// The digits of the page, upright and turned by a quarter.
import * as tf from '@tensorflow/tfjs';

export type Labelled = {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
};

const COUNT = 2000;
const SIDE = 28;

/** 1,000 turned digits to learn from, and 1,000 others to score, upright and turned. */
export async function loadDigits(url: string): Promise<Record<'known' | 'upright' | 'turned', Labelled>> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return tf.tidy(() => {
    const images = tf.div(tf.tensor3d(Float32Array.from(bytes.subarray(COUNT)), [COUNT, SIDE, SIDE]), 255);
    const classes = tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(bytes.subarray(0, COUNT)), 'int32'), 10), 'float32');
    const turned = tf.reverse(tf.transpose(images, [0, 2, 1]), 2);
    const part = (of: tf.Tensor, start: number): Labelled => ({
      x: tf.reshape(tf.slice(of, start, COUNT / 2), [-1, SIDE * SIDE]),
      y: tf.slice(classes, start, COUNT / 2) as tf.Tensor2D,
    });
    const known = part(turned, 0);
    return { known, upright: part(images, COUNT / 2), turned: part(turned, COUNT / 2) };
  });
}

/** How many of the digits a model names rightly, in percent. */
export async function accuracyOf(model: tf.LayersModel, { x, y }: Labelled): Promise<number> {
  const share = tf.tidy(() => tf.mean(tf.equal(tf.argMax(model.predict(x) as tf.Tensor, 1), tf.argMax(y, 1))));
  const [value] = await share.data();
  share.dispose();
  return 100 * value!;
}
