import { useOnly } from './only.ts';

await useOnly('cpu');
