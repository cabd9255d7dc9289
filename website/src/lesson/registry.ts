/** A lesson's parts, each in a chunk of its own: the experiment for the worker, its text for the page. */
interface Entry {
  lesson: () => Promise<{ lesson: unknown }>;
  source: () => Promise<{ default: string }>;
}

/** Every lesson that pages show. */
export const LESSONS: Readonly<Record<string, Entry>> = {
  'breaking-symmetry': {
    lesson: () => import('../../../lessons/breaking-symmetry/lesson.ts'),
    source: () => import('../../../lessons/breaking-symmetry/experiment.ts?raw'),
  },
  'compute-by-hand': {
    lesson: () => import('../../../lessons/compute-by-hand/lesson.ts'),
    source: () => import('../../../lessons/compute-by-hand/experiment.ts?raw'),
  },
  'weights-during-learning': {
    lesson: () => import('../../../lessons/weights-during-learning/lesson.ts'),
    source: () => import('../../../lessons/weights-during-learning/experiment.ts?raw'),
  },
};

/** The lesson of this name; an error that lists the names otherwise. */
export function entryOf(name: string): Entry {
  const entry = Object.hasOwn(LESSONS, name) ? LESSONS[name] : undefined;
  if (entry) return entry;
  throw new RangeError(`Demo: lesson must be one of ${Object.keys(LESSONS).join(', ')}, got "${name}"`);
}
