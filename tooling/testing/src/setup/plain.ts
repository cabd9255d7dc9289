import { decideChance } from '../chance.ts';

decideChance();
