import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // works in any folder of a server
  worker: { format: 'es' }, // workers may await at the top
  build: { chunkSizeWarningLimit: 4000 }, // TensorFlow.js with three backends
});
