import { useBackend } from './use.ts';

await useBackend('cpu');
