/** A lesson's parts for the worker, each in a chunk of its own. */
interface Entry {
  lesson: () => Promise<{ lesson: unknown }>;
  /** Its default run. */
  stored: () => Promise<{ default: unknown }>;
}

/** Every lesson that pages show. */
export const LESSONS: Readonly<Record<string, Entry>> = {
  'all-together': {
    lesson: () => import('../../../lessons/all-together/lesson.ts'),
    stored: () => import('../../../lessons/all-together/default.json'),
  },
  'breaking-symmetry': {
    lesson: () => import('../../../lessons/breaking-symmetry/lesson.ts'),
    stored: () => import('../../../lessons/breaking-symmetry/default.json'),
  },
  'compute-by-hand': {
    lesson: () => import('../../../lessons/compute-by-hand/lesson.ts'),
    stored: () => import('../../../lessons/compute-by-hand/default.json'),
  },
  debugging: {
    lesson: () => import('../../../lessons/debugging/lesson.ts'),
    stored: () => import('../../../lessons/debugging/default.json'),
  },
  freezing: {
    lesson: () => import('../../../lessons/freezing/lesson.ts'),
    stored: () => import('../../../lessons/freezing/default.json'),
  },
  'gradient-flow': {
    lesson: () => import('../../../lessons/gradient-flow/lesson.ts'),
    stored: () => import('../../../lessons/gradient-flow/default.json'),
  },
  'image-classification': {
    lesson: () => import('../../../lessons/image-classification/lesson.ts'),
    stored: () => import('../../../lessons/image-classification/default.json'),
  },
  importance: {
    lesson: () => import('../../../lessons/importance/lesson.ts'),
    stored: () => import('../../../lessons/importance/default.json'),
  },
  'initializers-side-by-side': {
    lesson: () => import('../../../lessons/initializers-side-by-side/lesson.ts'),
    stored: () => import('../../../lessons/initializers-side-by-side/default.json'),
  },
  normalization: {
    lesson: () => import('../../../lessons/normalization/lesson.ts'),
    stored: () => import('../../../lessons/normalization/default.json'),
  },
  'not-all-seeds': {
    lesson: () => import('../../../lessons/not-all-seeds/lesson.ts'),
    stored: () => import('../../../lessons/not-all-seeds/default.json'),
  },
  pruning: {
    lesson: () => import('../../../lessons/pruning/lesson.ts'),
    stored: () => import('../../../lessons/pruning/default.json'),
  },
  quantization: {
    lesson: () => import('../../../lessons/quantization/lesson.ts'),
    stored: () => import('../../../lessons/quantization/default.json'),
  },
  regularization: {
    lesson: () => import('../../../lessons/regularization/lesson.ts'),
    stored: () => import('../../../lessons/regularization/default.json'),
  },
  'seeing-filters': {
    lesson: () => import('../../../lessons/seeing-filters/lesson.ts'),
    stored: () => import('../../../lessons/seeing-filters/default.json'),
  },
  sentiment: {
    lesson: () => import('../../../lessons/sentiment/lesson.ts'),
    stored: () => import('../../../lessons/sentiment/default.json'),
  },
  siamese: {
    lesson: () => import('../../../lessons/siamese/lesson.ts'),
    stored: () => import('../../../lessons/siamese/default.json'),
  },
  'signal-propagation': {
    lesson: () => import('../../../lessons/signal-propagation/lesson.ts'),
    stored: () => import('../../../lessons/signal-propagation/default.json'),
  },
  theory: {
    lesson: () => import('../../../lessons/theory/lesson.ts'),
    stored: () => import('../../../lessons/theory/default.json'),
  },
  'transfer-learning': {
    lesson: () => import('../../../lessons/transfer-learning/lesson.ts'),
    stored: () => import('../../../lessons/transfer-learning/default.json'),
  },
  'what-a-weight-is': {
    lesson: () => import('../../../lessons/what-a-weight-is/lesson.ts'),
    stored: () => import('../../../lessons/what-a-weight-is/default.json'),
  },
  'weight-updates': {
    lesson: () => import('../../../lessons/weight-updates/lesson.ts'),
    stored: () => import('../../../lessons/weight-updates/default.json'),
  },
  'weights-during-learning': {
    lesson: () => import('../../../lessons/weights-during-learning/lesson.ts'),
    stored: () => import('../../../lessons/weights-during-learning/default.json'),
  },
  'xavier-against-kaiming': {
    lesson: () => import('../../../lessons/xavier-against-kaiming/lesson.ts'),
    stored: () => import('../../../lessons/xavier-against-kaiming/default.json'),
  },
};

/** The lesson of this name; an error that lists the names otherwise. */
export function entryOf(name: string): Entry {
  const entry = Object.hasOwn(LESSONS, name) ? LESSONS[name] : undefined;
  if (entry) return entry;
  throw new RangeError(`Lesson: name must be one of ${Object.keys(LESSONS).join(', ')}, got "${name}"`);
}
