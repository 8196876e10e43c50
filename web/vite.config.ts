import { defineConfig } from 'vite';

export default defineConfig({
  // Served from the root of a port, whatever that is.
  base: '/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  worker: { format: 'es' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The Content-Security-Policy allows files of this origin only: nothing may become a data: or blob: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
