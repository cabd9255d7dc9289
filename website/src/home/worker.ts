import * as tf from '@tensorflow/tfjs';
import { draw } from '../lesson/draw.ts';
import { experiment } from './experiment.ts';
import type { Outcome, Reply, Request } from './protocol.ts';

async function gzippedBytes(data: ArrayBuffer): Promise<number> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

async function run({ params, width }: Request): Promise<Outcome> {
  const begin = performance.now();
  const { drawn, figures, weightData, error, ...rest } = await experiment(params);
  const milliseconds = performance.now() - begin;
  const picture = draw(figures[0]!, width, 'figure');
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

const ready = tf.setBackend('cpu');
// One run at a time; of those that come meanwhile only the last counts.
let next: Request | undefined;
let busy = false;

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  await ready;
  while (next) {
    const request = next;
    next = undefined;
    const reply: Reply = await run(request).then(
      (outcome) => ({ id: request.id, outcome }),
      (error: Error) => ({ id: request.id, message: error.message }),
    );
    postMessage(reply);
  }
  busy = false;
}

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  next = data;
  void work();
});
