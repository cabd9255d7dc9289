import type * as tf from '@tensorflow/tfjs-core';
import { checkPlainObject, checkRange, checkSeed, checkType, isPlainObject } from '@weightkit/numerics/check';
import { fromConfig, LAWS } from '../laws/laws.ts';
import { decode } from '../layers/config.ts';
import type { InitializedWeight } from './init-report.ts';

/**
 * Makes a weight again, bit for bit, from what {@link initialize} reported on it: a start that can be had back on any backend
 * without its values being kept. The report may have been through JSON.
 *
 * @example
 * const [first] = initialize(model, heNormal(), { seed: 3 }).initialized;
 * const kernel = fromManifest(JSON.parse(JSON.stringify(first)));
 * console.log(kernel.shape.join()); // -> 10,8
 *
 * @param entry - one of the report's `initialized`
 * @returns a new tensor, the caller's
 * @throws TypeError or RangeError for anything else, naming what is wrong with it
 */
export function fromManifest(entry: InitializedWeight): tf.Tensor {
  checkPlainObject('fromManifest: entry must be of a report', entry);
  const { acting, shape, seed, stream, fanIn, fanOut } = entry;
  checkType(isPlainObject(acting?.config), 'fromManifest: entry must say what made the values', acting);
  checkRange(LAWS.includes(acting.law), `fromManifest: law must be one of ${LAWS.join(', ')}`, acting.law);
  checkType(typeof stream === 'string', 'fromManifest: stream must be a string', stream);
  checkSeed('fromManifest', seed);
  return inOurName(acting.law, () => {
    const initializer = fromConfig(acting.law, decode(acting.config));
    return initializer(shape, { seed, path: stream, fans: { fanIn, fanOut } });
  });
}

/** What a law says against a manifest is told by the function that was called. */
function inOurName<T>(law: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(`${law}: `, 'fromManifest: ');
    throw error;
  }
}
