import type * as viz from '@weightkit/viz';

/** How many points each case has. */
export const COUNT: number;
/** The cases by name: a function that makes the data, and gives one that draws it. */
export function chartCases(of: typeof viz): Record<string, () => () => viz.Figure>;
