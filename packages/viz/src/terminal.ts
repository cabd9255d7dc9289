/**
 * Figures as text for a terminal, apart from the main entry, so that pages do not carry it.
 *
 * @module
 */

export { type TextOptions, toText } from './terminal/to-text.ts';
