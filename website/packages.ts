import list from './packages.json';

/** A published package, as the site names it. */
export interface Package {
  /** The folder in `packages/`, and the name after `@weightkit/`. */
  name: string;
  /** What it is for, in a line. */
  what: string;
  /** Whether it stands on TensorFlow.js. */
  tfjs: boolean;
}

/** The published packages in the order in which the site shows them. */
export const packages: readonly Package[] = list;
