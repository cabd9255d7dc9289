import { COURSE, type CourseLesson, lessonOf } from './course.ts';

/** Some lessons that go together, and how long they take. */
export interface Session {
  title: string;
  /** What a class can do afterwards. */
  aim: string;
  lessons: readonly CourseLesson[];
  minutes: number;
}

const sessionOf = (title: string, aim: string, lessons: readonly CourseLesson[]): Session => ({
  title,
  aim,
  lessons,
  minutes: lessons.reduce((sum, { minutes }) => sum + minutes, 0),
});

/** How many lessons of the course each session takes, one after the other. */
const COUNTS: readonly [count: number, title: string, aim: string][] = [
  [3, 'Weights by hand', 'Count a network’s weights, do its sums on paper, and say why equal weights stay equal.'],
  [3, 'A good start', 'Choose a start for a layer by its activation and its size, and say what it keeps.'],
  [3, 'Chance, steps and penalties', 'Say how much of a result is chance, and do one step of four optimizers by hand.'],
  [3, 'Looking into a training', 'Read histograms, gradients and reports, and find the fault of a network by them.'],
  [
    3,
    'Scales, frozen layers, new tasks',
    'Say what normalization repairs, and move a trained network to another task.',
  ],
  [3, 'What a network has learned', 'Compare inputs, pairs and filters, and name what a method cannot show.'],
  [2, 'Two real tasks', 'Build a network for images and one for texts, and compare their starts fairly.'],
  [
    4,
    'Small enough to send',
    'Prune and quantize a network within a budget of bytes, and tell what is known of training from what is said of it.',
  ],
];

/** The whole course in sessions, in its order. */
export const SESSIONS: readonly Session[] = COUNTS.map(([count, title, aim], i) => {
  const begin = COUNTS.slice(0, i).reduce((sum, [before]) => sum + before, 0);
  return sessionOf(title, aim, COURSE.slice(begin, begin + count));
});

const way = (title: string, aim: string, ...names: string[]): Session => sessionOf(title, aim, names.map(lessonOf));

/** What to take where there is no time for all of it. */
export const SHORT_WAYS: readonly Session[] = [
  way('One lesson', 'The one that needs least and surprises most.', 'breaking-symmetry'),
  way(
    'One session',
    'What weights are, why they start at random, and how they change.',
    'what-a-weight-is',
    'breaking-symmetry',
    'weights-during-learning',
  ),
  way(
    'Smaller models',
    'For those who train networks already and have to ship one.',
    'what-a-weight-is',
    'pruning',
    'quantization',
  ),
  way(
    'New tasks',
    'From one layer that stands still to a network that learns a second task.',
    'freezing',
    'transfer-learning',
    'siamese',
  ),
];
