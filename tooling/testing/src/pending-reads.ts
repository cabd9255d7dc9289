import * as tf from '@tensorflow/tfjs-core';

type Data = (this: tf.Tensor) => Promise<unknown>;

/** Downloads that take their time, and are counted: what `data()` of a tensor gives comes a turn of the event loop later. */
export interface SlowReads {
  /** How many have begun. */
  begun(): number;
  /** How many have begun and not ended. */
  pending(): number;
  /** Puts the quick ones back. */
  restore(): void;
}

/**
 * Makes downloads slow, as on WebGPU they are: an error that comes while one is under way lets the caller dispose what is being
 * read. The backend reads at once.
 *
 * @param failing - the download that fails, from 0, with the error `a planted failure`. @defaultValue none
 */
export function slowReads(failing?: number): SlowReads {
  const prototype = tf.Tensor.prototype as unknown as { data: Data };
  const own = prototype.data;
  let [begun, pending] = [0, 0];
  prototype.data = async function data() {
    const fails = begun++ === failing;
    pending++;
    try {
      const values = await own.call(this);
      if (fails) throw new Error('a planted failure');
      await new Promise((done) => setTimeout(done, 0));
      return values;
    } finally {
      pending--;
    }
  };
  return {
    begun: () => begun,
    pending: () => pending,
    restore() {
      prototype.data = own;
    },
  };
}
