import { draw } from '../lesson/draw.ts';
import { experiment } from './experiment.ts';
import type { Params } from './params.ts';
import type { Outcome } from './protocol.ts';

async function gzippedBytes(data: ArrayBuffer): Promise<number> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

/** Runs the experiment and draws what came out, `width` pixels wide; in a worker of the page, and when the site is built. */
export async function outcomeOf(params: Params, width: number, idPrefix = 'figure'): Promise<Outcome> {
  const begin = performance.now();
  const { drawn, figures, weightData, error, ...rest } = await experiment(params);
  const milliseconds = performance.now() - begin;
  const picture = draw(figures[0]!, width, idPrefix);
  return {
    ...rest,
    std: drawn.std,
    measuredStd: drawn.measuredStd,
    deviation: drawn.deviation,
    fanIn: drawn.fanIn,
    bytes: weightData.byteLength,
    gzipped: await gzippedBytes(weightData),
    error: error && { max: error.maxError, bound: error.bound },
    picture,
    milliseconds,
  };
}
