export { type FreezeReport, type Frozen, freeze, type Verification } from './freeze.ts';
export type { Moved } from './snapshot.ts';
