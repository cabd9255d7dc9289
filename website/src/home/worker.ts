import * as tf from '@tensorflow/tfjs';
import { outcomeOf } from './outcome.ts';
import type { Reply, Request } from './protocol.ts';

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
    const reply: Reply = await outcomeOf(request.params, request.width).then(
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
