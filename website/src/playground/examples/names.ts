/** The examples, in the order in which they are offered. */
export const EXAMPLE_NAMES = ['start-right', 'prune-and-quantize', 'weight-file'] as const;
