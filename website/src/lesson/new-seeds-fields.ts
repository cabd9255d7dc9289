import type { Fields } from './Controls.tsx';
import { NewSeeds } from './NewSeeds.tsx';

/** The controls of lesson 6: its seed has a button for new ones. */
export const newSeedsFields: Fields = { seed: NewSeeds };
