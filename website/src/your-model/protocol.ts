import type { WritableFormat } from '@weightkit/checkpoint';
import type { QuantizedDtype } from '@weightkit/quantization/checkpoint';
import type { Picture } from '../lesson/protocol.ts';
import type { Check, Inspection } from './command.ts';
import type { Given } from './given.ts';

/** What is to become of the model. */
export interface Change {
  /** The share of weights that become 0. */
  sparsity: number;
  /** How they are stored. */
  dtype: 'same' | QuantizedDtype;
}

/** One thing that is done at a time: a new one of its kind ends the one before. */
export type Kind = Work['kind'];

/** What the worker is asked for. */
export type Work =
  /** Opens the model among some files, in place of the one that is open; figures are drawn so wide, in pixels. */
  | { kind: 'model'; files: readonly Given[]; width: number }
  /** Reads the values of one whose header alone was read. */
  | { kind: 'model'; files: null; width: number }
  /** Draws one tensor. */
  | { kind: 'tensor'; name: string; width: number }
  /** Says what a change makes of the model. */
  | { kind: 'change'; change: Change }
  /** Makes the files of the changed model, to be kept by the browser or written into a folder. */
  | { kind: 'save'; change: Change; folder: FileSystemDirectoryHandle | null };

/** From the page to the worker. */
export type Request = (Work & { id: number }) | { kind: 'cancel'; of: Kind };

/** What is known of the model that is open. */
export interface Opened {
  /** The name of the file that it was opened by. */
  name: string;
  /** Its files. */
  files: readonly { name: string; bytes: number }[];
  /** What it is written as. */
  format: WritableFormat;
  inspection: Inspection;
}

/** Figures under a heading. */
export interface DrawnSection {
  heading: string;
  paragraphs: readonly string[];
  pictures: readonly Picture[];
}

/** Bytes of all files, as they are and by gzip. */
export interface Sizes {
  bytes: number;
  gzip: number;
  /** Whether all bytes were compressed; else it is an estimate from blocks. */
  exact: boolean;
}

/** What a change makes of a model. */
export interface Changed {
  before: Sizes;
  after: Sizes;
  /** Entries of pruned tensors, and how many of them are 0 afterwards; null where nothing is pruned. */
  zeros: { after: number; parameters: number } | null;
  /** What no value's rounding error exceeds, and the tensor that has it; null where nothing is rounded. */
  bound: { value: number; tensor: string } | null;
}

/** What was made of a model. */
export interface Saved {
  /** Null where they are in a folder. */
  files: readonly { name: string; file: Blob | null; bytes: number }[];
  /** Entries that were read back and compared, and the largest error of rounding. */
  compared: number;
  largest: { value: number; tensor: string } | null;
  /** Tensors that are not what they were to be. */
  broken: readonly string[];
}

/** What the worker says of its work. */
export type News =
  | { type: 'progress'; what: string; done: number }
  | { type: 'opened'; opened: Opened }
  /** What is wrong with it; where it cannot be opened nothing else is known. */
  | { type: 'checked'; check: Check }
  | { type: 'drawn'; section: DrawnSection }
  | { type: 'tensor'; name: string; pictures: readonly Picture[]; said: string }
  | { type: 'changed'; changed: Changed }
  | { type: 'saved'; saved: Saved }
  /** All that was asked for is done. */
  | { type: 'done'; seconds: number }
  | { type: 'cancelled' }
  | { type: 'failed'; message: string };

/** From the worker to the page: first that all is there that opens files, then what is news of the work. */
export type Reply = { kind: 'ready' } | (News & { id: number; kind: Kind });
