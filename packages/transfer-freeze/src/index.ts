export { type FreezeReport, type Frozen, freeze, type Verification } from './freezing/freeze.ts';
export type { Moved } from './freezing/snapshot.ts';
