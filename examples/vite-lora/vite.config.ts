import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // works in any folder of a server
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 }, // the page awaits at the top; TensorFlow.js is large
});
