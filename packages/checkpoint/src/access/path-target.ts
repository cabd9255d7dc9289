/// <reference types="node" />
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRange } from '@weightkit/numerics/check';
import type { Format } from '../checkpoint.ts';
import { pathSink } from './path-sink.ts';
import type { PathTarget, Wording } from './sink.ts';

const ENDINGS: readonly (readonly [RegExp, Exclude<Format, 'gguf'>])[] = [
  [/\.json$/i, 'tfjs'],
  [/\.safetensors$/i, 'safetensors'],
  [/\.npz$/i, 'npz'],
  [/\.npy$/i, 'npy'],
  [/\.compact$/i, 'compact'],
];

/** How errors of `writeCheckpoint` are worded. */
const WORDING: Wording = {
  fn: 'writeCheckpoint',
  what: 'target',
  unwritable: (path, code) => `writeCheckpoint: target must be one that can be written, got ${path} (${code})`,
};

/** The path that a file: URL names. */
function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new RangeError(`${WORDING.fn}: target must be a file: URL of this machine, got ${text}`, { cause });
  }
}

/** A path, or the one that a URL of a file names; to other addresses nothing can be written. */
export function pathTarget(target: string | URL): PathTarget {
  const text = `${target}`;
  const isFile = /^file:/i.test(text);
  checkRange(
    isFile || !/^[a-z][a-z0-9+.-]+:\/\//i.test(text),
    `${WORDING.fn}: target must be a path or a file: URL (other addresses cannot be written to)`,
    text,
  );
  const path = isFile ? pathOfUrl(text) : text;
  return {
    format: ENDINGS.find(([ending]) => ending.test(path))?.[1],
    async open(format, main) {
      const named = ENDINGS.some(([ending, known]) => known === format && ending.test(path));
      const sink = await pathSink(named ? dirname(path) : path, WORDING);
      return { sink, main: named ? basename(path) : main };
    },
  };
}
