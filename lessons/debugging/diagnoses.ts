import { CAUSES } from './cases.ts';

/** What the reader may say it is. */
export const DIAGNOSES = ['not yet', ...CAUSES] as const;
