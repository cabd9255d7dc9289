import type { Fields } from './Controls.tsx';
import { LayerStack } from './LayerStack.tsx';

/** The controls of lesson 1: its stack is built by clicking. */
export const stackFields: Fields = { stack: LayerStack };
