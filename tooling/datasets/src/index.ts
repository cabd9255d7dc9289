export type { Digits } from './digits.ts';
