import type { Choice, ResultFile, Values, Verdict } from '@weightkit/lesson';
import type { Table } from '@weightkit/viz';

/** What runs a lesson: the fastest, or one by name. */
export const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

/** A figure as drawn by the worker. */
export interface Picture {
  title: string;
  description: string;
  table: Table;
  svg: string;
}

/** Pictures of one result at one moment. */
export interface Drawn {
  pictures: Record<string, Picture>;
  /** The parameters of the run. */
  values: Values;
  moments: string[];
  /** Index in `moments`; the last one, or the newest of a run that goes on, where undefined. */
  moment: number | undefined;
}

/** What the page wants to see. */
export interface Wanted {
  /** How wide each figure is drawn. */
  widths: Record<string, number>;
  /** The figures that are in view: they alone are drawn while a run goes on. */
  inView: readonly string[];
  moment: number | undefined;
}

/** From the page to the worker. */
export type Request =
  | { type: 'open'; lesson: string; base: string }
  /** A run that nobody asked for in so many words (`auto`) is not started if it would take long. */
  | { type: 'run'; id: number; values: Values; backend: Backend; wanted: Wanted; auto: boolean }
  | { type: 'stop' }
  /** The reader's own pictures, of which later runs take theirs; none: digits again. */
  | { type: 'pictures'; files: readonly File[] }
  /** Stops, and forgets what was run. */
  | { type: 'forget'; generation: number }
  | { type: 'draw'; wanted: Wanted }
  /** Draws all figures of what is shown this wide, to be kept. */
  | { type: 'pin'; width: number };

/** What a finished run says. */
export interface Finish {
  values: Values;
  summary: string[];
  /** What the run took, also where only figures were made of it again. */
  seconds: number;
  /** Whether nothing was run for this: it follows from the run before. */
  derived: boolean;
  /** Tensors that the run left, and all that there are: 0 and 0 unless something is wrong. */
  leaked: number;
  tensors: number;
  /** What the run answers to the lesson's prediction, and whether it meets the challenge. */
  answer: string | number | readonly number[];
  verdict: Verdict;
  /** What the reader can keep of it, where the lesson offers something. */
  files: ResultFile[] | undefined;
}

/** From the worker to the page. */
export type Reply =
  | { type: 'ready' }
  | { type: 'timing'; id: number }
  | { type: 'backend'; id: number; name: string; choice: Choice | undefined }
  /** Not started, because it would take about so many seconds; `light`: it was run without what takes longer. */
  | { type: 'held'; id: number; seconds: number; light: boolean }
  | { type: 'progress'; id: number; done: number; label: string }
  | { type: 'pictures'; generation: number; drawn: Drawn; whole: boolean }
  | { type: 'pinned'; generation: number; drawn: Drawn }
  | { type: 'done'; id: number; finish: Finish }
  | { type: 'stopped'; id: number }
  | { type: 'failed'; id: number; message: string };
