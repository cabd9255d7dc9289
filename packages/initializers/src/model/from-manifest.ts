import type * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
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
  checkType(typeof entry === 'object' && entry !== null, 'fromManifest: entry must be of a report', entry);
  const { acting, shape, seed, stream, fanIn, fanOut } = entry;
  checkType(
    typeof acting?.config === 'object' && acting.config !== null,
    'fromManifest: entry must say what made the values',
    acting,
  );
  checkRange(LAWS.includes(acting.law), `fromManifest: law must be one of ${LAWS.join(', ')}`, acting.law);
  checkType(typeof stream === 'string', 'fromManifest: stream must be a string', stream);
  checkType(seed !== undefined, 'fromManifest: seed must be there', seed);
  const initializer = fromConfig(acting.law, decode(acting.config));
  return initializer(shape, { seed, path: stream, fans: { fanIn, fanOut } });
}
