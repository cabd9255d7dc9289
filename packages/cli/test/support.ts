import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from '../src/program/host.ts';
import { run } from '../src/program/run.ts';

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weightkit-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a command line printed and ended with. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** How a command is run in a test. */
export interface RunOptions extends Partial<Pick<Host, 'env' | 'signal' | 'memory'>> {
  /** Columns of the terminal that it writes to; no terminal when left out. */
  terminal?: number;
}

/** Runs a command line as the process does, with streams that are kept. */
export async function weightkit(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { terminal, env = {}, signal = new AbortController().signal, memory = () => 0 } = options;
  const kept = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      kept[name] += text;
    },
    isTTY: terminal !== undefined,
    columns: terminal,
  });
  const code = await run(args, { stdout: stream('out'), stderr: stream('err'), env, signal, memory });
  return { code, ...kept };
}

/** The result as programs read it; standard error is shown where there is none. */
export async function resultOf<T>(args: readonly string[], code = 0): Promise<T> {
  const ended = await weightkit([...args, '--format', 'json']);
  if (ended.code !== code) throw new Error(`${args.join(' ')} ended with ${ended.code}: ${ended.err}${ended.out}`);
  return JSON.parse(ended.out) as T;
}

/** A weight of a file of TensorFlow.js. */
export interface TestWeight {
  name: string;
  shape: number[];
  dtype?: string;
  values: ArrayLike<number>;
}

const bytesOf = ({ dtype = 'float32', values }: TestWeight): Uint8Array => {
  const typed = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return new Uint8Array(typed.buffer);
};

/** Writes files, folders as they are needed. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Writes a model.json and a weight file into a folder, with entries of its own where given; gives the path of model.json. */
export function writeModel(folder: string, weights: readonly TestWeight[], entries: object = {}): string {
  const specs = weights.map(({ name, shape, dtype = 'float32' }) => ({ name, shape, dtype }));
  writeFiles(folder, {
    'model.json': JSON.stringify({ ...entries, weightsManifest: [{ paths: ['w.bin'], weights: specs }] }),
    'w.bin': Buffer.concat(weights.map(bytesOf)),
  });
  return join(folder, 'model.json');
}

/** Rows of float32 as NumPy writes them. */
export function npy(rows: number[][]): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]!.length}), }`;
  const text = `${head}${' '.repeat(64 - ((10 + head.length + 1) % 64))}\n`;
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length % 256, text.length >> 8]),
    Buffer.from(text),
    new Uint8Array(Float32Array.from(rows.flat()).buffer),
  ]);
}

/** Serves a folder by parts, as addresses are read, until the test ends; `served` tells how many bytes went out. */
export async function serveParts(folder: string): Promise<{ address: string; served: () => number }> {
  let served = 0;
  const server = createServer(({ url, headers }, response) => {
    const bytes = readFileSync(join(folder, url!));
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '')!;
    const part = bytes.subarray(Number(from), Number(to) + 1);
    served += part.length;
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` });
    response.end(part);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, served: () => served };
}
