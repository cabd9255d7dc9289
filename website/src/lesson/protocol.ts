import type { Choice, Parameter, Values } from '@weightkit/lesson';
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

/** What the page knows of a lesson without loading its experiment. */
export interface Description {
  name: string;
  title: string;
  parameters: Record<string, Parameter>;
}

/** From the page to the worker. */
export type Request =
  | { type: 'open'; lesson: string; base: string }
  | { type: 'run'; id: number; values: Values; backend: Backend; width: number }
  | { type: 'stop' }
  | { type: 'draw'; width: number };

/** What a finished run says. */
export interface Finish {
  summary: string[];
  seconds: number;
  /** Tensors that the run left, and all that there are: 0 and 0 unless something is wrong. */
  leaked: number;
  tensors: number;
}

/** From the worker to the page. */
export type Reply =
  | { type: 'ready'; description: Description }
  | { type: 'timing'; id: number }
  | { type: 'backend'; id: number; name: string; choice: Choice | undefined }
  | { type: 'progress'; id: number; done: number; label: string }
  | { type: 'pictures'; pictures: Picture[]; milliseconds: number }
  | ({ type: 'done'; id: number } & Finish)
  | { type: 'stopped'; id: number }
  | { type: 'failed'; id: number; message: string };
