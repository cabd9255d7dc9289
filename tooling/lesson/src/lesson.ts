import type { Digits, Pictures, Reviews } from '@weightkit/datasets';
import type { Figure } from '@weightkit/viz';

/** What every parameter has. */
interface Common<Params> {
  label: string;
  help?: string;
  /** Why it has no effect with these values of the others; nothing where it has one. */
  without?(values: Params): string | undefined;
}

/** The nearest text that a parameter can have, and in a clause what was wrong with the one that was asked for. */
export interface NearText {
  value: string;
  said?: string;
}

/** What a reader can turn; the value's type follows from the kind. */
export type Parameter<Params = Values> = Common<Params> &
  (
    | { kind: 'choice'; options: readonly string[]; initial: string }
    | {
        kind: 'number';
        min: number;
        max: number;
        step: number;
        initial: number;
        /** The slider goes by equal factors, `step` of a power of ten each; `min` is above 0. */
        scale?: 'log';
      }
    | {
        kind: 'integer';
        min: number;
        max: number;
        initial: number;
        /** The slider goes by equal factors, ten of them from a power of ten to the next; `min` is above 0. */
        scale?: 'log';
      }
    | { kind: 'flag'; initial: boolean }
    /** A text with a grammar of its own, which `nearest` brings any text into; `rule` says in words what it can be. */
    | { kind: 'text'; rule: string; nearest(text: string): NearText; initial: string }
  );

/** The values of a lesson's parameters, by name. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** The data that an experiment may ask for; the host reads them from a package, the page from a file made at build time. */
export interface Data {
  /** Handwritten digits (MNIST): the first `train` training and `test` test images; the page has 20,000 and 2,000. */
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
  /** Film reviews (IMDB) as numbers of words: the first `train` for training and `test` that none saw; the page has 4,000 and 2,500. */
  reviews(counts: { train: number; test: number }): Promise<{ train: Reviews; test: Reviews }>;
  /** The first labelled pictures, at most so many, of the files that the reader has given; not there where none were given. */
  pictures?: ((count: number) => Promise<Pictures>) | undefined;
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

/** A guess that is a line, drawn by hand into empty axes. */
export interface LineAnswer {
  /** The places at which the line has its heights, ascending. */
  at: readonly number[];
  xLabel: string;
  yLabel: string;
  /** Heights that can be drawn: from 0 to this, in steps. */
  max: number;
  step: number;
}

/** A guess that the reader makes before a run. */
export interface Prediction<Params = Values> {
  question: string;
  /** What may be answered: one of a few, a number of a range, or a line. */
  answer:
    | { options: readonly string[] }
    | { min: number; max: number; step: number; unit: string }
    | { line: LineAnswer };
  /** The run that answers it; the other parameters have their initial values. */
  values: Partial<Params>;
}

/** A link to a page of the site. */
export interface PageLink {
  to: string;
  text: string;
}

/** What a lesson's page knows without loading the experiment: plain data, but for `without`. */
export interface About<Params = Values> {
  /** The folder's name. */
  name: string;
  title: string;
  /** What the lesson asks, in one sentence; it stands above the main figure. */
  question: string;
  parameters: { readonly [Name in keyof Params]: Parameter<Params> };
  /** What is on the first screen: the name of one figure, and the one to four parameters that matter most. */
  main: { figure: string; controls: readonly (keyof Params & string)[] };
  level: 'first steps' | 'some practice' | 'advanced';
  /** How long it takes to read it and to do it. */
  minutes: number;
  /**
   * A run takes a moment only, or what a change of these parameters asks for does: figures follow such a control while it is dragged.
   * What would take long waits to be asked for.
   */
  instant?: boolean | readonly (keyof Params & string)[];
  /** What to know before, in a few words each. */
  before: readonly string[];
  /** Pages of the guide and of the reference on what it uses, and recipes of the cookbook for what it teaches. They lead back to it. */
  links: readonly PageLink[];
  /** It runs on the reader's own pictures where they are given, in place of digits. */
  pictures?: true;
  predict: Prediction<Params>;
  /** What the reader has to bring about, in a sentence or two. */
  challenge: string;
}

/** The figures of a result by name, in the order in which they are shown. */
export type Figures = Readonly<Record<string, Figure>>;

/** Whether a run meets the lesson's challenge, and what is still wrong. */
export interface Verdict {
  met: boolean;
  text: string;
}

/** A file of a result, which its reader can keep. */
export interface ResultFile {
  name: string;
  bytes: Uint8Array;
}

/** One lesson: the same definition runs in the page, in the terminal and in tests. */
export interface Lesson<Params = Values, Result = unknown> extends About<Params> {
  /** Parameters of a run of a few steps, by which backends are timed; they replace those of the reader. */
  probe: Partial<Params>;
  /** Of an instant lesson: the same without what takes longer, by which figures follow a control that is dragged. */
  light?: (params: Params) => Params;
  /** How much a run has to do, in any unit. From it and from earlier runs the page tells how long one will take. */
  work: (params: Params) => number;
  /** Pure: the same parameters on the same backend give the same result; keeps no tensor. The result is plain data and typed arrays. */
  experiment: (params: Params, run: Run<Result>) => Promise<Result>;
  /** The result with other values, one at least, where it follows from one that is there; nothing where it takes a run. */
  derive?: (result: Result, from: Params, to: Params) => Result | undefined;
  /** The result with other values, one at least, where a part of the run that takes a moment gives it; nothing where it takes all of it. */
  rerun?: (result: Result, from: Params, to: Params, run: Run<Result>) => Promise<Result> | undefined;
  /** The moments of a result that one can go to, in words (`epoch 3`); none where it has no time. */
  moments?: (result: Result, params: Params) => string[];
  /** The pictures of a result, whole or so far; `moment` is an index of `moments`, the last one if none is named. */
  figures: (result: Result, params: Params, moment?: number) => Figures;
  /** The files of a result, which its page offers to download; none while its run goes on. */
  files?: (result: Result) => ResultFile[];
  /** The result in sentences with its numbers: what the terminal prints and the page reads out. */
  summary: (result: Result, params: Params) => string[];
  /** The right answer of the prediction, from the run that it asks for: one of its options, a number, or the heights of a line. */
  answer: (result: Result, params: Params) => string | number | readonly number[];
  /** Whether a run meets the challenge. */
  check: (result: Result, params: Params) => Verdict;
}
