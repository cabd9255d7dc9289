import * as tf from '@tensorflow/tfjs';
import { pageData } from '@weightkit/datasets';
import { type Candidate, type Choice, chooseBackend, type Lesson, runLesson, type Values } from '@weightkit/lesson';
import { candidates } from './backends.ts';
import { draw } from './draw.ts';
import type { Reply, Request } from './protocol.ts';
import { entryOf } from './registry.ts';

type RunRequest = Extract<Request, { type: 'run' }>;
type AnyLesson = Lesson<Values, unknown>;

/** Milliseconds from one drawing to the next while a run goes on; longer where drawing is slow. */
const DRAW_EVERY = 250;

const scope = self as unknown as { postMessage(reply: Reply): void; onmessage: ((event: MessageEvent) => void) | null };
const send = (reply: Reply): void => scope.postMessage(reply);

let opened: Promise<{ lesson: AnyLesson; candidates: Candidate[] }> | undefined;
let data: ReturnType<typeof pageData> | undefined;
let choice: Choice | undefined;
let current: { stop: AbortController; finished: Promise<void> } | undefined;
let currentWidth: number | undefined;
let last: { result: unknown; values: Values } | undefined;

async function open({ lesson: name, base }: Extract<Request, { type: 'open' }>) {
  tf.enableProdMode();
  data = pageData(async (file) => {
    const response = await fetch(`${base}generated/${file}`);
    if (!response.ok)
      throw new Error(`The digits could not be loaded (${file}: ${response.status}). Reload the page to try again.`);
    return new Uint8Array(await response.arrayBuffer());
  });
  const { lesson } = (await entryOf(name).lesson()) as unknown as { lesson: AnyLesson };
  const { title, parameters } = lesson;
  send({ type: 'ready', description: { name, title, parameters } });
  return { lesson, candidates: candidates(base) };
}

/** Starts the backend that was asked for; for `auto` the fastest, which is found once. */
async function startBackend(lesson: AnyLesson, all: Candidate[], request: RunRequest, signal: AbortSignal) {
  const { id, backend: wanted, values, width } = request;
  if (wanted !== 'auto') {
    const candidate = all.find(({ name }) => name === wanted)!;
    await candidate.start().catch((error: Error) => {
      throw new Error(`${wanted.toUpperCase()} cannot run here: ${error.message}. Pick another backend.`);
    });
    send({ type: 'backend', id, name: wanted, choice });
    return;
  }
  if (choice) await all.find(({ name }) => name === choice!.name)!.start();
  else {
    send({ type: 'timing', id });
    const probe = async () => {
      const outcome = await runLesson(lesson, { ...values, ...lesson.probe }, { data: data!, signal });
      first ??= outcome;
    };
    let first: { result: unknown; values: Values } | undefined;
    const timed = all.map(({ name, start }) => ({
      name,
      // The first picture is there before the timing is over: that of the few steps of the first one timed.
      start: async () => {
        if (first && !last) await show(lesson, first.result, first.values, width);
        await start();
      },
    }));
    choice = await chooseBackend(timed, probe, signal);
  }
  send({ type: 'backend', id, name: choice.name, choice });
}

async function show(lesson: AnyLesson, result: unknown, values: Values, width: number): Promise<number> {
  last = { result, values };
  const begin = performance.now();
  const pictures = draw(lesson.figures(result, values), width);
  const milliseconds = performance.now() - begin;
  send({ type: 'pictures', pictures, milliseconds });
  return milliseconds;
}

async function run(request: RunRequest, stop: AbortController): Promise<void> {
  const { id, values, width } = request;
  const { lesson, candidates: all } = await opened!;
  const { signal } = stop;
  let next = Number.NEGATIVE_INFINITY;
  let drawing: Promise<unknown> = Promise.resolve();
  try {
    await startBackend(lesson, all, request, signal);
    const outcome = await runLesson(lesson, values, {
      data: data!,
      signal,
      onProgress: ({ done, label = '', result }) => {
        send({ type: 'progress', id, done, label });
        if (result === undefined || performance.now() < next) return;
        next = Number.POSITIVE_INFINITY;
        drawing = show(lesson, result, values, currentWidth ?? width).then((took) => {
          next = performance.now() + Math.max(DRAW_EVERY, 3 * took);
        });
      },
    });
    await drawing;
    await show(lesson, outcome.result, values, currentWidth ?? width);
    const { seconds, leaked } = outcome;
    const summary = lesson.summary(outcome.result, values);
    send({ type: 'done', id, summary, seconds, leaked, tensors: tf.memory().numTensors });
  } catch (error) {
    await drawing.catch(() => {});
    if (signal.aborted) send({ type: 'stopped', id });
    else send({ type: 'failed', id, message: (error as Error).message });
  }
}

async function start(request: RunRequest): Promise<void> {
  current?.stop.abort();
  const before = current?.finished;
  const stop = new AbortController();
  const begun = { stop, finished: Promise.resolve(before).then(() => run(request, stop)) };
  current = begun;
  currentWidth = request.width;
  await begun.finished;
}

scope.onmessage = ({ data: request }: MessageEvent<Request>) => {
  if (request.type === 'open') {
    opened = open(request);
    opened.catch((error: Error) => send({ type: 'failed', id: 0, message: error.message }));
  } else if (request.type === 'run') start(request);
  else if (request.type === 'stop') current?.stop.abort();
  else {
    currentWidth = request.width;
    if (last && opened) opened.then(({ lesson }) => show(lesson, last!.result, last!.values, request.width));
  }
};
