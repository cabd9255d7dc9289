import type { About } from '@weightkit/lesson';
import { CURES, FROM_WARD, KIND_NAMES, PATIENTS, PLACES } from './cases.ts';
import { DIAGNOSES } from './diagnoses.ts';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'debugging',
  title: 'Debugging an initialization',
  question: 'Twelve networks, most of them started badly. What ails this one, in which layer, and what mends it?',
  main: { figure: 'tools', controls: ['patient', 'diagnosis', 'where', 'cure'] },
  level: 'advanced',
  minutes: 25,
  instant: ['diagnosis', 'where'],
  before: ['what a gradient is', 'what He and Xavier are for', 'how a signal goes through layers'],
  links: [
    { to: '/api/weight-metrics/#doctor', text: 'doctor' },
    { to: '/api/initializers/#lsuv', text: 'lsuv' },
    { to: '/docs/start/watching-training/', text: 'Guide: watching training' },
  ],
  predict: {
    question:
      'One of the five hidden layers of a ReLU network has weights of 0 alone; all biases are 0. How many of the six kernels get ' +
      'a gradient that is not 0 in the first step?',
    answer: { options: ['none', 'those before it', 'those behind it', 'all six', 'all but that one'] },
    values: { plant: 'one layer of zeros' },
  },
  challenge:
    'Take a patient that is ill. Name the cause and the layer, and treat it so that it comes within 10 points of the test accuracy of its healthy twin.',
  parameters: {
    patient: {
      kind: 'choice',
      label: 'Patient',
      options: PATIENTS,
      initial: '1',
      without: ({ plant }) => (plant === FROM_WARD ? undefined : 'You have planted a fault yourself.'),
    },
    diagnosis: { kind: 'choice', label: 'Your diagnosis', options: DIAGNOSES, initial: 'not yet' },
    where: { kind: 'choice', label: 'Where', options: PLACES, initial: 'not yet' },
    cure: { kind: 'choice', label: 'Treatment', options: CURES, initial: 'none' },
    plant: {
      kind: 'choice',
      label: 'Look at',
      help: 'Or plant a fault yourself.',
      options: [FROM_WARD, ...KIND_NAMES],
      initial: FROM_WARD,
    },
    steps: { kind: 'integer', label: 'Training steps', min: 10, max: 300, initial: 80 },
    seed: { kind: 'integer', label: 'Seed', help: 'Another one is another ward.', min: 0, max: 999, initial: 52 },
  },
};
