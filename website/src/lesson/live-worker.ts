import * as tf from '@tensorflow/tfjs';
import { pageData } from '@weightkit/datasets';
import { type Live, startLive } from '../../../lessons/freezing/live.ts';
import { fetchFile } from './fetch-file.ts';
import type { LiveReply, LiveRequest } from './live-protocol.ts';

/** Milliseconds from one picture to the next. */
const SHOWS = 250;
const DIGITS = 2000;

const scope = self as unknown as {
  postMessage(reply: LiveReply): void;
  onmessage: ((event: MessageEvent<LiveRequest>) => void) | null;
};
let live: Live | undefined;
let base = '/';
let isOn = false;
let isTraining = false;
let seed = 0;
/** One thing at a time: a part is not frozen in the middle of a step. */
let queue: Promise<void> = Promise.resolve();

function next(work: () => Promise<void>): Promise<void> {
  queue = queue.then(work).catch(({ message }: Error) => {
    isOn = false;
    scope.postMessage({ type: 'failed', message });
  });
  return queue;
}

async function show(): Promise<void> {
  if (live) scope.postMessage({ type: 'view', view: await live.look() });
}

async function begin(): Promise<void> {
  live?.dispose();
  live = undefined;
  await tf.setBackend('cpu');
  const { train } = await pageData((file) => fetchFile(base, file)).digits({ train: DIGITS, test: 1 });
  live = await startLive(train, seed++);
  await show();
}

/** Steps for a while, shows what moved, and gives a turn, in which messages come. */
async function train(): Promise<void> {
  if (isTraining) return;
  isTraining = true;
  while (isOn) {
    await next(async () => {
      const until = performance.now() + SHOWS;
      while (performance.now() < until) {
        await live?.step();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await show();
    });
  }
  isTraining = false;
}

scope.onmessage = ({ data: request }) => {
  switch (request.type) {
    case 'open':
      base = request.base;
      next(begin);
      return;
    case 'again':
      next(begin);
      return;
    case 'train':
      isOn = request.on;
      if (isOn) void train();
      return;
    case 'toggle':
      next(async () => {
        await live?.toggle(request.part);
        await show();
      });
      return;
    case 'move':
      next(async () => {
        if (live) scope.postMessage({ type: 'moved', told: await live.moveOne() });
      });
  }
};
