import * as tf from '@tensorflow/tfjs';
import { firstPictures, pageData } from '@weightkit/datasets';
import {
  type Candidate,
  type Choice,
  chooseBackend,
  type Data,
  decodeResult,
  initialValues,
  type Lesson,
  runLesson,
  type StoredRun,
  type Values,
} from '@weightkit/lesson';
import { candidates } from './backends.ts';
import { draw } from './draw.ts';
import { fetchFile } from './fetch-file.ts';
import { isFollowed } from './followed.ts';
import type { Drawn, Finish, Reply, Request, Wanted } from './protocol.ts';
import { entryOf } from './registry.ts';

type RunRequest = Extract<Request, { type: 'run' }>;
type AnyLesson = Lesson<Values, unknown>;

/** Milliseconds from one drawing to the next while a run goes on; longer where drawing is slow. */
const DRAW_EVERY = 250;
/** A run that would take more seconds than this starts only when it is asked for. */
const AT_ONCE = 2;
/** Figures that follow a control do so only if that takes no more seconds than this. */
const FOLLOWS = 0.3;
/** Milliseconds without another run after which a control that was dragged rests. */
const RESTS = 250;

const scope = self as unknown as { postMessage(reply: Reply): void; onmessage: ((event: MessageEvent) => void) | null };
const send = (reply: Reply): void => scope.postMessage(reply);

/** A result and the values of its run. */
interface Ran {
  result: unknown;
  values: Values;
}

let opened: Promise<{ lesson: AnyLesson; candidates: Candidate[]; name: string }> | undefined;
let data: Data | undefined;
let choice: Choice | undefined;
/** Seconds for a unit of work, by backend, from the last run there. */
const pace = new Map<string, number>();
let current: { stop: AbortController; finished: Promise<void> } | undefined;
let wanted: Wanted = { widths: {}, inView: [], moment: undefined };
let last: Ran | undefined;
/** The last run that was not stopped, and what it took. */
let finished: (Ran & { seconds: number }) | undefined;
let generation = 0;

async function open({ lesson: name, base }: Extract<Request, { type: 'open' }>) {
  tf.enableProdMode();
  data = pageData((file) => fetchFile(base, file));
  const { lesson } = (await entryOf(name).lesson()) as unknown as { lesson: AnyLesson };
  send({ type: 'ready' });
  return { lesson, candidates: candidates(base), name };
}

/** Lets later runs learn from pictures of the reader, or from digits again. */
function give(files: readonly File[]): void {
  const own = files.map((file) => ({
    name: file.name,
    size: file.size,
    first: async (bytes: number) => new Uint8Array(await file.slice(0, bytes).arrayBuffer()),
  }));
  data = { ...data!, pictures: own.length > 0 ? (count) => firstPictures(own, count) : undefined };
}

/** What is shown when nothing was run yet. */
async function defaultRun(lesson: AnyLesson): Promise<Ran> {
  const { default: stored } = (await entryOf(lesson.name).stored()) as { default: StoredRun };
  return { result: decodeResult(stored.result), values: initialValues<Values>(lesson) };
}

/** Starts the backend that was asked for; for `auto` the fastest, which is found once. */
async function startBackend(lesson: AnyLesson, all: Candidate[], request: RunRequest, signal: AbortSignal) {
  const { id, backend, values } = request;
  if (backend !== 'auto') {
    const candidate = all.find(({ name }) => name === backend)!;
    await candidate.start().catch((error: Error) => {
      throw new Error(`${backend.toUpperCase()} cannot run here: ${error.message}. Pick another backend.`);
    });
    send({ type: 'backend', id, name: backend, choice });
    return backend;
  }
  if (choice) await all.find(({ name }) => name === choice!.name)!.start();
  else {
    send({ type: 'timing', id });
    const probe: Values = { ...values, ...(lesson.probe as Values) };
    const tried = async (until: AbortSignal) => {
      await runLesson(lesson, probe, { data: data!, signal: until });
    };
    choice = await chooseBackend(all, tried, signal);
    const work = lesson.work(probe);
    for (const timing of choice.timings)
      if ('milliseconds' in timing) pace.set(timing.name, timing.milliseconds / 1000 / work);
  }
  send({ type: 'backend', id, name: choice.name, choice });
  return choice.name;
}

function drawn(lesson: AnyLesson, { result, values }: Ran, { widths, moment }: Wanted, prefix: string): Drawn {
  const pictures = Object.entries(lesson.figures(result, values, moment)).flatMap(([name, figure]) => {
    const width = widths[name];
    return width === undefined ? [] : [[name, draw(figure, width, `${prefix}-${name}`)] as const];
  });
  return { pictures: Object.fromEntries(pictures), values, moments: lesson.moments?.(result, values) ?? [], moment };
}

/** Draws a result: those figures that are in view while its run goes on, all of them when it is whole. Milliseconds it took. */
function show(lesson: AnyLesson, ran: Ran, whole: boolean): number {
  last = ran;
  const begin = performance.now();
  const { widths, inView, moment } = wanted;
  const now = whole ? widths : Object.fromEntries(inView.map((name) => [name, widths[name]!]));
  const pictures = drawn(lesson, ran, { ...wanted, widths: now, moment: whole ? moment : undefined }, 'figure');
  send({ type: 'pictures', generation, drawn: pictures, whole });
  return performance.now() - begin;
}

/** Shows a finished run and says what came out. */
function finish(
  lesson: AnyLesson,
  id: number,
  ran: Ran & { seconds: number },
  how: Pick<Finish, 'derived' | 'leaked' | 'tensors'>,
  whole = true,
): void {
  finished = ran;
  show(lesson, ran, whole);
  const { result, values, seconds } = ran;
  const [summary, answer, verdict, files] = [
    lesson.summary(result, values),
    lesson.answer(result, values),
    lesson.check(result, values),
    lesson.files?.(result),
  ];
  send({ type: 'done', id, finish: { values, summary, answer, verdict, files, seconds, ...how } });
}

async function run(request: RunRequest, stop: AbortController): Promise<void> {
  const { id, values, auto } = request;
  const { signal } = stop;
  let next = Number.NEGATIVE_INFINITY;
  let shown: Ran | undefined;
  try {
    const { lesson, candidates: all } = await opened!;
    signal.throwIfAborted();
    const from = finished ?? {
      ...(lesson.derive || lesson.rerun ? await defaultRun(lesson) : { result: undefined, values }),
      seconds: 0,
    };
    // The same values again are asked for to see them run.
    const isOther = Object.keys(values).some((name) => values[name] !== from.values[name]);
    // While a control is dragged what is in view follows it; the other figures are drawn when it rests.
    const follows = auto && isFollowed(lesson, from.values, values);
    const rests = () => {
      const shownIn = generation;
      if (follows) setTimeout(() => current?.stop === stop && generation === shownIn && redraw(), RESTS);
    };
    const derived = isOther ? lesson.derive?.(from.result, from.values, values) : undefined;
    if (derived !== undefined) {
      const ran = { result: derived, values, seconds: from.seconds };
      finish(lesson, id, ran, { derived: true, leaked: 0, tensors: 0 }, !follows);
      rests();
      return;
    }
    const backend = await startBackend(lesson, all, request, signal);
    const part = isOther ? lesson.rerun?.(from.result, from.values, values, { data: data!, signal }) : undefined;
    if (part) {
      const [begin, before] = [performance.now(), tf.memory().numTensors];
      const result = await part;
      signal.throwIfAborted();
      const { numTensors: tensors } = tf.memory();
      const ran = { result, values, seconds: (performance.now() - begin) / 1000 };
      finish(lesson, id, ran, { derived: false, leaked: tensors - before, tensors }, !follows);
      rests();
      return;
    }
    const seconds = lesson.work(values) * (pace.get(backend) ?? 0);
    const quick = follows && seconds > FOLLOWS ? lesson.light?.(values) : undefined;
    const light = quick !== undefined && lesson.work(quick) < lesson.work(values);
    if (auto && seconds > AT_ONCE && !light) {
      send({ type: 'held', id, seconds, light: false });
      return;
    }
    const asked = light ? quick : values;
    const outcome = await runLesson(lesson, asked, {
      data: data!,
      signal,
      onProgress: ({ done, label = '', result }) => {
        send({ type: 'progress', id, done, label });
        if (result === undefined || follows || performance.now() < next) return;
        shown = { result, values: asked };
        const took = show(lesson, shown, false);
        next = performance.now() + Math.max(DRAW_EVERY, 3 * took);
      },
    });
    const { result, seconds: took, leaked } = outcome;
    pace.set(backend, took / lesson.work(asked));
    const { numTensors: tensors } = tf.memory();
    finish(lesson, id, { result, values: asked, seconds: took }, { derived: false, leaked, tensors }, !follows);
    if (light) send({ type: 'held', id, seconds, light: true });
    rests();
  } catch (error) {
    if (!signal.aborted) send({ type: 'failed', id, message: (error as Error).message });
    else {
      // How far it came stays, with all of its figures.
      const { lesson } = await opened!;
      if (shown && last === shown) show(lesson, shown, true);
      send({ type: 'stopped', id });
    }
  }
}

function start(request: RunRequest): void {
  current?.stop.abort();
  const before = current?.finished;
  const stop = new AbortController();
  wanted = request.wanted;
  current = { stop, finished: Promise.resolve(before).then(() => run(request, stop)) };
}

let redrawing = false;
let again = false;

/** Draws what is shown as it is wanted now; of requests that come meanwhile the last one counts. */
async function redraw(): Promise<void> {
  again = true;
  if (redrawing) return;
  redrawing = true;
  try {
    while (again) {
      again = false;
      const { lesson } = await opened!;
      show(lesson, last ?? (await defaultRun(lesson)), true);
    }
  } catch (error) {
    send({ type: 'failed', id: 0, message: (error as Error).message });
  } finally {
    redrawing = false;
  }
}

async function pin(width: number): Promise<void> {
  const { lesson } = await opened!;
  const ran = last ?? (await defaultRun(lesson));
  const widths = Object.fromEntries(Object.keys(wanted.widths).map((name) => [name, width]));
  send({ type: 'pinned', generation, drawn: drawn(lesson, ran, { ...wanted, widths }, 'pinned') });
}

scope.onmessage = ({ data: request }: MessageEvent<Request>) => {
  switch (request.type) {
    case 'open':
      opened = open(request);
      opened.catch((error: Error) =>
        send({ type: 'failed', id: 0, message: `The lesson could not be loaded: ${error.message}` }),
      );
      break;
    case 'run':
      start(request);
      break;
    case 'stop':
      current?.stop.abort();
      break;
    case 'pictures':
      give(request.files);
      break;
    case 'forget':
      current?.stop.abort();
      generation = request.generation;
      last = undefined;
      finished = undefined;
      break;
    case 'draw':
      wanted = request.wanted;
      // While a run goes on its next picture is drawn as it is wanted.
      redraw();
      break;
    case 'pin':
      pin(request.width).catch((error: Error) => send({ type: 'failed', id: 0, message: error.message }));
      break;
  }
};
