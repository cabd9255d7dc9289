import { type Checkpoint, loadFormats, openCheckpoint, type WritableFormat } from '@weightkit/checkpoint';
import { certificateOf, changeOf } from './change.ts';
import { check, type Inspection, inspect, withoutFunction } from './command.ts';
import { counted } from './counted.ts';
import { drawModel, drawTensor } from './figures.ts';
import type { Given } from './given.ts';
import { accessOf, sourceOf } from './page-files.ts';
import { incomplete, NoModel, type Picked, pickModel } from './pick-model.ts';
import type { Change, Kind, News, Reply, Request, Sizes, Work } from './protocol.ts';
import { save } from './save.ts';
import { sizesOf, sizesWritten } from './sizes.ts';

const scope = self as unknown as { postMessage(reply: Reply): void; onmessage: ((event: MessageEvent) => void) | null };

/** Above so many bytes the header alone is read, until more is asked for. */
const LARGE = 1e9;
/** The page is told how far it is this often, in ms. */
const EVERY = 50;

/** The model that is open. */
interface Open {
  picked: Picked;
  checkpoint: Checkpoint;
  format: WritableFormat;
  inspection: Inspection;
  /** The sizes of its files, once they were asked for. */
  sizes?: Sizes;
}

/** What one piece of work has: its way to the page, and what ends it. */
interface Job {
  send: (news: News) => void;
  signal: AbortSignal;
}

let opened: Open | undefined;

/** Tells how far a job is, not more often than the eye can follow. */
function teller({ send }: Job): (what: string, done: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (what, done) => {
    if (performance.now() - last < EVERY) return;
    last = performance.now();
    send({ type: 'progress', what, done: Math.min(1, done) });
  };
}

/** Tells how many of some bytes are read. */
function readingOf(job: Job, what: string, total: number): (bytes: number) => void {
  const tell = teller(job);
  let read = 0;
  return (bytes) => {
    read += bytes;
    tell(what, read / Math.max(1, total));
  };
}

const filesIn = ({ main, beside }: Picked): Map<string, File> => new Map([[main.name, main], ...beside]);
const bytesIn = ({ tensors }: Checkpoint): number => tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);

function tellOpened({ picked, format, inspection }: Open, { send }: Job): void {
  const files = [...filesIn(picked)].map(([name, { size: bytes }]) => ({ name, bytes }));
  send({ type: 'opened', opened: { name: picked.main.name, files, format, inspection } });
}

/** Reads all values: for the table, for what is wrong with them, and for figures. */
async function read(model: Open, width: number, job: Job): Promise<void> {
  const { picked, checkpoint } = model;
  const { signal, send } = job;
  const bytes = bytesIn(checkpoint);
  // Its entries are read twice, for their ends and for the bins between them.
  const looking = counted(checkpoint, readingOf(job, 'Reading', 2 * bytes));
  model.inspection = await inspect(looking, { headerOnly: false, signal });
  tellOpened(model, job);
  const checking = counted(checkpoint, readingOf(job, 'Checking', bytes));
  send({ type: 'checked', check: await check(accessOf(picked), async () => checking, { strict: false, signal }) });
  const reading = { width, signal, onProgress: teller(job) };
  for (const section of await drawModel(checkpoint, model.inspection, reading)) send({ type: 'drawn', section });
}

async function open(files: readonly Given[], width: number, job: Job): Promise<void> {
  await opened?.checkpoint.close();
  opened = undefined;
  const picked = await pickModel(files);
  if (picked.missing.length > 0) throw new NoModel(incomplete(picked));
  const { signal, send } = job;
  let checkpoint: Checkpoint;
  try {
    checkpoint = await openCheckpoint(await sourceOf(picked), { signal });
  } catch (error) {
    send({ type: 'checked', check: await check(accessOf(picked), () => Promise.reject(error), { strict: false }) });
    return;
  }
  const format = checkpoint.format === 'gguf' ? 'safetensors' : checkpoint.format;
  opened = { picked, checkpoint, format, inspection: await inspect(checkpoint, { headerOnly: true }) };
  tellOpened(opened, job);
  if (bytesIn(checkpoint) <= LARGE) await read(opened, width, job);
}

async function change(model: Open, wanted: Change, job: Job): Promise<void> {
  const { checkpoint, format, picked } = model;
  const { signal, send } = job;
  model.sizes ??= await sizesOf([...filesIn(picked).values()], signal);
  const reading = counted(checkpoint, readingOf(job, 'Computing', 5 * bytesIn(checkpoint)));
  const made = await changeOf(reading, wanted, format, signal);
  const after = await sizesWritten(made.made, format, signal);
  send({ type: 'changed', changed: { before: model.sizes, after, ...certificateOf(made) } });
}

async function saveInto(model: Open, { change, folder }: Work & { kind: 'save' }, job: Job): Promise<void> {
  const tell = teller(job);
  const { checkpoint, format, picked } = model;
  const stem = `${picked.main.name.replace(/\.[^.]*$/, '')}-small`;
  const onProgress = (done: number) => tell('Writing', done);
  const saved = await save(checkpoint, { change, format, stem, folder, onProgress, signal: job.signal });
  job.send({ type: 'saved', saved });
}

async function work(wanted: Work, job: Job): Promise<void> {
  if (wanted.kind === 'model' && wanted.files) return open(wanted.files, wanted.width, job);
  if (!opened) throw new NoModel('There is no model any more: choose it again.');
  switch (wanted.kind) {
    case 'model':
      return read(opened, wanted.width, job);
    case 'tensor': {
      const drawn = await drawTensor(opened.checkpoint, wanted.name, { ...wanted, ...job, onProgress: () => {} });
      return job.send({ type: 'tensor', name: wanted.name, ...drawn });
    }
    case 'change':
      return change(opened, wanted.change, job);
    case 'save':
      return saveInto(opened, wanted, job);
  }
}

/** Errors of browsers for files that are not what they were when they were chosen. */
const GONE = ['NotReadableError', 'NotFoundError'];

function messageOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (error instanceof NoModel) return message;
  if (GONE.includes(name) || GONE.includes(((error as Error).cause as Error)?.name))
    return 'A file could not be read: it was moved or changed after it was chosen. Choose it again.';
  if (message.includes('target must not be there'))
    return 'There is a model in that folder already: choose another folder.';
  // There is no filter in the page.
  const said = withoutFunction(message).replace(/ \([^()]*filter[^()]*\)/, '');
  return `${said[0]?.toUpperCase()}${said.slice(1)}.`;
}

// One after the other; a new one of a kind ends the one before, and another model ends all.
const jobs = new Map<Kind, AbortController>();
let last: Promise<void> = Promise.resolve();

function start(request: Work & { id: number }): void {
  const { id, kind } = request;
  for (const [other, controller] of jobs) if (kind === 'model' || other === kind) controller.abort();
  const controller = new AbortController();
  jobs.set(kind, controller);
  const { signal } = controller;
  const send = (news: News): void => scope.postMessage({ ...news, id, kind });
  last = last.then(async () => {
    const begin = performance.now();
    try {
      signal.throwIfAborted();
      await work(request, { send, signal });
      send({ type: 'done', seconds: (performance.now() - begin) / 1000 });
    } catch (error) {
      send(signal.aborted ? { type: 'cancelled' } : { type: 'failed', message: messageOf(error) });
    }
  });
}

scope.onmessage = ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'cancel') jobs.get(data.of)?.abort();
  else start(data);
};

// Nothing is fetched once files are here.
loadFormats()
  .catch(() => undefined)
  .then(() => scope.postMessage({ kind: 'ready' }));
