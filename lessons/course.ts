import type { About } from '@weightkit/lesson';
import { about as allTogether } from './all-together/about.ts';
import { about as breakingSymmetry } from './breaking-symmetry/about.ts';
import { about as computeByHand } from './compute-by-hand/about.ts';
import { about as debugging } from './debugging/about.ts';
import { about as freezing } from './freezing/about.ts';
import { about as gradientFlow } from './gradient-flow/about.ts';
import { about as imageClassification } from './image-classification/about.ts';
import { about as importance } from './importance/about.ts';
import { about as initializersSideBySide } from './initializers-side-by-side/about.ts';
import { about as normalization } from './normalization/about.ts';
import { about as notAllSeeds } from './not-all-seeds/about.ts';
import { about as pruning } from './pruning/about.ts';
import { about as quantization } from './quantization/about.ts';
import { about as regularization } from './regularization/about.ts';
import { about as seeingFilters } from './seeing-filters/about.ts';
import { about as sentiment } from './sentiment/about.ts';
import { about as siamese } from './siamese/about.ts';
import { about as signalPropagation } from './signal-propagation/about.ts';
import { about as theory } from './theory/about.ts';
import { about as transferLearning } from './transfer-learning/about.ts';
import { about as weightUpdates } from './weight-updates/about.ts';
import { about as weightsDuringLearning } from './weights-during-learning/about.ts';
import { about as whatAWeightIs } from './what-a-weight-is/about.ts';
import { about as xavierAgainstKaiming } from './xavier-against-kaiming/about.ts';

/** The documents of the courses from which the lessons come. */
export const DOCUMENTS = {
  'weights slides': {
    title: 'Slides “Weights in Machine Learning and Deep Learning with Python”',
    credit: 'Fifteen slides with code in NumPy and PyTorch.',
  },
  'weights notes': {
    title: 'Notes “Weights”',
    credit: 'By Sayan Roy, on weights in PyTorch, their start, their freezing and their change.',
  },
  'initialization slides': {
    title: 'Slides “Weight Initialization Techniques for Deep Learning in Python”',
    credit: 'Fifteen slides with code in NumPy and Keras.',
  },
  'XOR notebook': {
    title: 'Notebook “Part 3.5: Extracting Weights and Manual Network Calculation”',
    credit: 'From the course Applications of Deep Neural Networks.',
  },
  'learning notebook': {
    title: 'Notebook “Distribution of weights pre- and post-learning”',
    credit:
      'A participant’s solutions for section 11.110 of the deep learning course of Mike X Cohen, with three exercises.',
  },
} as const;

export type DocumentName = keyof typeof DOCUMENTS;

/** Which part of a document a lesson is about. */
export interface Part {
  document: DocumentName;
  part: string;
}

/** One lesson of the course. */
export interface CourseLesson {
  title: string;
  /** What the reader does in it. */
  does: string;
  level: About['level'];
  minutes: number;
  from: Part[];
  about: About;
}

const weights = (part: string): Part => ({ document: 'weights slides', part });
const notes = (part: string): Part => ({ document: 'weights notes', part });
const initialization = (part: string): Part => ({ document: 'initialization slides', part });
const xor = (part: string): Part => ({ document: 'XOR notebook', part });
const learning = (part: string): Part => ({ document: 'learning notebook', part });

const live = (about: unknown, does: string, ...from: Part[]): CourseLesson => {
  const { title, level, minutes } = about as About;
  return { title, does, level, minutes, from, about: about as About };
};

/** The 24 lessons in their order. */
export const COURSE: readonly CourseLesson[] = [
  live(
    whatAWeightIs,
    'Build stacks of layers, see every matrix’s shape and count parameters.',
    weights('slide 1'),
    notes('sizes of weight matrices'),
  ),
  live(
    computeByHand,
    'Train XOR, take the nine numbers out of the network and do its sums.',
    xor('the whole notebook'),
  ),
  live(
    breakingSymmetry,
    'Start all weights equal and see whether the units ever become different.',
    notes('“A Surprising Demo of Weight Initializations”'),
    initialization('slide 3, zero initialization'),
  ),
  live(
    signalPropagation,
    'Drag the scale of the weights and see what arrives after ten layers.',
    initialization('slide 2'),
    notes('initializations by variance'),
  ),
  live(
    initializersSideBySide,
    'Sample each initializer and compare it with its law.',
    weights('slide 2'),
    initialization('slides 1, 4 to 8 and 14'),
    notes('theory'),
    xor('weight initialization'),
  ),
  live(
    xavierAgainstKaiming,
    'Let both start the same networks many times, and count.',
    notes('“Xavier vs. Kaiming” and “Do inits matter?”'),
    initialization('slide 12'),
  ),
  live(
    notAllSeeds,
    'Train 50 seeds and find those that cannot learn.',
    xor('weight initialization'),
    notes('“Identically random weights”'),
  ),
  live(weightUpdates, 'Step SGD, momentum, RMSProp and Adam by hand.', weights('slide 3')),
  live(regularization, 'Drag a penalty and see which weights L1 and L2 keep.', weights('slide 4')),
  live(
    weightsDuringLearning,
    'Watch the distribution of all weights, epoch by epoch.',
    learning('the whole notebook with its three exercises'),
    notes('“Learning-related changes in weights”'),
  ),
  live(
    gradientFlow,
    'Follow gradients through deep networks and see where they vanish.',
    weights('slide 11'),
    initialization('slide 13'),
  ),
  live(debugging, 'Find the hidden fault of a network.', initialization('slides 13 and 14')),
  live(
    normalization,
    'Start at a bad scale, with normalization and without.',
    initialization('slide 9'),
    weights('slide 12'),
  ),
  live(
    freezing,
    'Freeze layers while training goes on, and prove that they stand still.',
    notes('“Freezing Weights During Learning”'),
  ),
  live(transferLearning, 'Move a network from the digits 0 to 4 to the digits 5 to 9.', weights('slide 8')),
  live(siamese, 'Train one tower on pairs, watch the embedding form, and draw a pair.', weights('slide 9')),
  live(importance, 'Ask which input mattered, by five methods and a judge.', weights('slide 10')),
  live(
    seeingFilters,
    'Watch the filters of a convolution form, draw an image, and see what each filter answers to.',
    weights('slides 5 and 13'),
  ),
  live(
    imageClassification,
    'Build the slides’ networks exactly and train from three starts.',
    weights('slide 13'),
    initialization('slide 10'),
  ),
  live(
    sentiment,
    'Type a film review and see which words decide; compare four starts of an embedding.',
    weights('slide 14'),
    initialization('slide 11'),
  ),
  live(pruning, 'Set weights to zero until the accuracy gives way, and draw lottery tickets.', weights('slide 6')),
  live(quantization, 'Store weights in 8 to 2 bits and see what is lost.', weights('slide 7')),
  live(
    allTogether,
    'Train, prune, shrink, quantize and gzip within a budget, and keep the files.',
    weights('slides 6 and 7'),
  ),
  live(
    theory,
    'Walk over the ground around a start, and between two trained networks; read what is known of it.',
    weights('slide 15'),
    initialization('slide 15'),
    notes('theory'),
  ),
];

/** The lesson of this name. */
export function lessonOf(name: string): CourseLesson {
  const lesson = COURSE.find(({ about }) => about.name === name);
  if (lesson) return lesson;
  throw new RangeError(`lessonOf: name must be that of a lesson in course.ts, got "${name}"`);
}
