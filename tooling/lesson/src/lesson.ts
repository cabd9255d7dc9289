import type { Digits } from '@weightkit/datasets';
import type { Figure } from '@weightkit/viz';

/** What a reader can turn; the value's type follows from the kind. */
export type Parameter =
  | { kind: 'choice'; label: string; help?: string; options: readonly string[]; initial: string }
  | { kind: 'number'; label: string; help?: string; min: number; max: number; step: number; initial: number }
  | { kind: 'integer'; label: string; help?: string; min: number; max: number; initial: number }
  | { kind: 'flag'; label: string; help?: string; initial: boolean };

/** The values of a lesson's parameters, by name. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** The data that an experiment may ask for; the host reads them from a package, the page from a file made at build time. */
export interface Data {
  /** Handwritten digits (MNIST): the first `train` training and `test` test images; the page has 20,000 and 2,000. */
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
}

/** How far a run is, and what can be drawn already. */
export interface Progress<Result> {
  /** Share done, in [0, 1]. */
  done: number;
  /** What is being done, in a few words: `epoch 3 of 60`. */
  label?: string;
  /** The result so far, with everything that `figures` needs. */
  result?: Result;
}

/** What an experiment gets from its host: the page's worker, the terminal or a test. */
export interface Run<Result> {
  data: Data;
  /** Await what it returns: from time to time that gives the host a turn, in which it can draw, or learn that it shall stop. */
  onProgress?: ((progress: Progress<Result>) => void | Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
}

/** One lesson: the same definition runs in the page, in the terminal and in tests. */
export interface Lesson<Params = Values, Result = unknown> {
  /** The folder's name. */
  name: string;
  title: string;
  parameters: { readonly [Name in keyof Params]: Parameter };
  /** Parameters of a run of a few steps, by which backends are timed; they replace those of the reader. */
  probe: Partial<Params>;
  /** Pure: the same parameters on the same backend give the same result; keeps no tensor. The result is plain data and typed arrays. */
  experiment: (params: Params, run: Run<Result>) => Promise<Result>;
  /** The pictures of a result, whole or so far. */
  figures: (result: Result, params: Params) => Figure[];
  /** The result in sentences with its numbers: what the terminal prints and the page reads out. */
  summary: (result: Result, params: Params) => string[];
}
