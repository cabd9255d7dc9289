import type { About, Figures, Values } from '@weightkit/lesson/page';
import { createContext, useContext } from 'react';
import type { Value } from './Controls.tsx';
import type { Pictures } from './pictures.ts';
import type { Backend } from './protocol.ts';
import type { View } from './use-run.ts';

/** Figures of values, drawn by the page itself at once: what of a result takes no run. */
export type Sketch = (values: Values) => Figures;

/**
 * The values that a click on the main figure asks for, if it does.
 *
 * @param svg - the drawing that was clicked on
 * @param x - where, in its pixels
 * @param y - where, in its pixels
 */
export type Pick = (svg: string, x: number, y: number, values: Values) => Values | undefined;

/** A lesson and its one live run, which all parts of its page share. */
export interface LiveLesson {
  about: About;
  pictures: Pictures;
  /** The text of experiment.ts. */
  source: string;
  /** The texts of files beside it that it imports, by name. */
  beside: Readonly<Record<string, string>>;
  view: View;
  values: Values;
  /** What the address asked for and could not have. */
  said: readonly string[];
  /** Whether figures are drawn narrow: on a phone, and beside a pinned one. */
  narrow: boolean;
  /** The figures of the values that are set, where they can be drawn before a run. */
  sketched: Figures | undefined;
  sketch: Sketch | undefined;
  pick: Pick | undefined;
  /** Whether what is shown was run with other values than those that are set. */
  stale: boolean;
  busy: boolean;
  /** What can be gone to in what is shown, and where it stands. */
  moments: readonly string[];
  moment: number | undefined;
  backend: Backend;
  change: (name: string, value: Value) => void;
  /** Changes several values at once. */
  changeAll: (values: Values) => void;
  /** Runs with these values, or with those that are set. */
  run: (values?: Values) => void;
  stop: () => void;
  reset: () => void;
  pin: () => void;
  unpin: () => void;
  goTo: (moment: number) => void;
  pickBackend: (backend: Backend) => void;
  prepare: () => void;
  /** Gives later runs the reader's own pictures, or takes them away. */
  give: (files: readonly File[]) => void;
  /** Tells whether a figure is in view. */
  look: (name: string, inView: boolean) => void;
}

export const LessonContext = createContext<LiveLesson | undefined>(undefined);

/** The lesson around; `Lesson` has to be. */
export function useLesson(): LiveLesson {
  const lesson = useContext(LessonContext);
  if (!lesson) throw new Error('A part of a lesson must stand inside <Lesson>');
  return lesson;
}
