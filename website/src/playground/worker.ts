import type { Figure } from '@weightkit/viz';
import { format } from 'node-inspect-extracted';
import { LESSONS } from '../lesson/registry.ts';
import { compile, ProgramError } from './compile.ts';
import { needsNode } from './imports.ts';
import { MODULE_NAMES } from './module-names.ts';
import { MODULES } from './modules.ts';
import type { Level, Reply, Request } from './protocol.ts';

/** Lines and letters that a page shows of one run. */
const MOST_LINES = 2000;
const MOST_LETTERS = 500_000;
/** Figures that a page shows of one run. */
const MOST_FIGURES = 50;
/** What an async function made from text has above its first line. */
const LINES_ABOVE = 2;

const scope = self as unknown as { postMessage(reply: Reply): void; onmessage: ((event: MessageEvent) => void) | null };
const send = (reply: Reply): void => scope.postMessage(reply);

let lines = 0;
let letters = 0;
let over = false;

function print(level: Level, values: unknown[]): void {
  if (over) return;
  const figures = values.filter(isFigure);
  for (const figure of figures) show(figure, undefined);
  if (figures.length > 0 && figures.length === values.length) return;
  const text = format(...values);
  lines += text.split('\n').length;
  letters += text.length;
  over = lines > MOST_LINES || letters > MOST_LETTERS;
  send(over ? { type: 'overflow', lines: MOST_LINES } : { type: 'line', level, text });
}

const isFigure = (value: unknown): value is Figure =>
  typeof value === 'object' && value !== null && typeof (value as Figure).svg === 'function' && 'table' in value;

let width = 640;
const shown = new Set<Figure>();

function show(figure: Figure, name: string | undefined): void {
  if (shown.has(figure) || shown.size >= MOST_FIGURES) return;
  shown.add(figure);
  const { title, description, table } = figure;
  const svg = figure.svg({ width, idPrefix: `program-${shown.size}`, variables: true });
  send({ type: 'figure', figure: { name, title, description, table, svg } });
}

/** The line of the program that an error comes from, from 1; undefined when it comes from elsewhere. */
function lineOf(error: unknown): number | undefined {
  if (error instanceof ProgramError) return error.line;
  // Chromium and Safari: `program.js:7:3`; Firefox: `program.js:7:3` too, from sourceURL.
  const found = /program\.js:(\d+)/.exec((error as Error)?.stack ?? '');
  return found ? Number(found[1]) - LINES_ABOVE : undefined;
}

/** How a module is loaded, by its name. @throws TypeError for one that cannot be here */
function loaderOf(name: string, base: string): () => Promise<object> {
  if ((MODULE_NAMES as readonly string[]).includes(name)) return MODULES[name as keyof typeof MODULES];
  // Programs made of lessons have these besides.
  if (name === '@weightkit/datasets') return () => import('@weightkit/datasets');
  if (name === '@weightkit/datasets/sentiment') return () => import('@weightkit/datasets/sentiment');
  const lesson = /^lessons\/([\w-]+)$/.exec(name)?.[1];
  if (lesson !== undefined && Object.hasOwn(LESSONS, lesson))
    return async () =>
      (await import('./lesson-module.ts')).lessonModule(lesson, base, (value) => print('log', [value]));
  throw new TypeError(
    needsNode(name)
      ? `"${name}" needs Node: this program cannot run in a page.`
      : `"${name}" cannot be imported here. There are ${MODULE_NAMES.join(', ')}.`,
  );
}

/** WebAssembly where it starts, plain JavaScript otherwise; only for programs that use TensorFlow.js. */
async function startBackend(base: string, usesTfjs: boolean): Promise<string> {
  if (!usesTfjs) return '';
  const tf = await import('@tensorflow/tfjs');
  try {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(new URL(`${base}generated/`, self.location.origin).href);
    if (!(await tf.setBackend('wasm'))) throw new Error('wasm did not start');
  } catch {
    await tf.setBackend('cpu');
  }
  await tf.ready();
  return tf.getBackend();
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

async function run({ code, base, width: wide }: Request): Promise<void> {
  width = wide;
  const { body, imports } = compile(code);
  for (const [name, line] of imports)
    try {
      loaderOf(name, base);
    } catch (error) {
      throw new ProgramError((error as Error).message, line, 'TypeError');
    }
  const usesTfjs = [...imports.keys()].some((name) => name.startsWith('@tensorflow/'));
  send({ type: 'began', backend: await startBackend(base, usesTfjs) });
  const printed = Object.assign(Object.create(console), {
    log: (...values: unknown[]) => print('log', values),
    info: (...values: unknown[]) => print('log', values),
    debug: (...values: unknown[]) => print('log', values),
    dir: (value: unknown) => print('log', [value]),
    table: (value: unknown) => print('log', [value]),
    warn: (...values: unknown[]) => print('warn', values),
    error: (...values: unknown[]) => print('error', values),
  });
  // What a call gives is mostly not meant to be seen, unless it is a figure.
  const last = (value: unknown, isCall: boolean) => {
    if (isFigure(value) || !(isCall || value === undefined)) print('log', [value]);
  };
  const end = (names: () => object) => {
    for (const [name, value] of Object.entries(names())) if (isFigure(value)) show(value, name);
  };
  const program = new AsyncFunction('$import', '$last', '$end', 'console', `${body}\n//# sourceURL=program.js`);
  const begin = performance.now();
  await program(async (name: unknown) => loaderOf(String(name), base)(), last, end, printed);
  const seconds = (performance.now() - begin) / 1000;
  const tensors = usesTfjs ? (await import('@tensorflow/tfjs')).memory().numTensors : 0;
  send({ type: 'done', seconds, tensors });
}

const fail = (error: unknown): void =>
  send({
    type: 'failed',
    message:
      error instanceof Error
        ? `${error.name === 'ProgramError' ? 'SyntaxError' : error.name}: ${error.message}`
        : format(error),
    line: lineOf(error),
  });

scope.onmessage = ({ data }: MessageEvent<Request>) => {
  run(data).catch(fail);
};
// What a program began and did not wait for can fail as well.
self.addEventListener('unhandledrejection', ({ reason }) => fail(reason));
