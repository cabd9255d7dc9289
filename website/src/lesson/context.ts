import type { About, Values } from '@weightkit/lesson/page';
import { createContext, useContext } from 'react';
import type { Value } from './Controls.tsx';
import type { Pictures } from './pictures.ts';
import type { Backend } from './protocol.ts';
import type { View } from './use-run.ts';

/** A lesson and its one live run, which all parts of its page share. */
export interface LiveLesson {
  about: About;
  pictures: Pictures;
  /** The text of experiment.ts. */
  source: string;
  view: View;
  values: Values;
  /** What the address asked for and could not have. */
  said: readonly string[];
  /** Whether what is shown was run with other values than those that are set. */
  stale: boolean;
  busy: boolean;
  /** What can be gone to in what is shown, and where it stands. */
  moments: readonly string[];
  moment: number | undefined;
  backend: Backend;
  change: (name: string, value: Value) => void;
  /** Runs with these values, or with those that are set. */
  run: (values?: Values) => void;
  stop: () => void;
  reset: () => void;
  pin: () => void;
  unpin: () => void;
  goTo: (moment: number) => void;
  pickBackend: (backend: Backend) => void;
  prepare: () => void;
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
