export { broken, type EffectRow, effectsOn, type Score, type Trial } from './effects.ts';
export { checkIntegrity, type Fetched, fetchPackage } from './fetch-package.ts';
export { openArtifacts, openModel, type ZooSource } from './open-model.ts';
export { type Rewritten, rewrite } from './rewrite.ts';
export { type ShrunkModel, type ShrunkOptions, shrunk } from './shrunk.ts';
export { type ShrunkFile, shrunkFile } from './shrunk-file.ts';
export { tour } from './tour.ts';
export type { TransferTable } from './transfer.ts';
export { ZOO, type ZooModel, type ZooPackage } from './zoo.ts';
