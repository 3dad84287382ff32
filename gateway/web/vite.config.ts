import react from '@vitejs/plugin-react';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

/** Addresses that are the gateway's, not screens'. */
const SERVED = [/^\/v1\//, /^\/docs/, /^\/openapi\.json/, /^\/healthz/, /^\/readyz/];

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      // The user decides when a new version starts: nobody loses a form to a reload.
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: 'Project Sales',
        short_name: 'Sales',
        description: 'Project Sales',
        lang: 'it',
        id: '/',
        start_url: '/',
        display: 'standalone',
        background_color: '#f6f7f9',
        theme_color: '#2f6fdb',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
      workbox: {
        inlineWorkboxRuntime: true,
        importScripts: ['/routes.js'],
        globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}', 'assets/inter-latin*.woff2'],
        // Charts are drawn of what only the server knows: their code comes with the first of them.
        globIgnores: ['kernel/**', '**/Chart-*.js', 'routes.js'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: SERVED,
        cleanupOutdatedCaches: true,
        clientsClaim: true,
        runtimeCaching: [
          // The kernel is 6 MB: fetched by the page once the copy is complete, not in the way of the first start.
          {
            urlPattern: /\/kernel\/[^?]*$/,
            handler: 'CacheFirst',
            options: { cacheName: 'kernel', cacheableResponse: { statuses: [200] } },
          },
        ],
      },
    }),
  ],
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  worker: { format: 'es' },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: {
    environment: 'happy-dom',
    setupFiles: ['tests/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // The machine may be busy with other things: nothing here is measured, and screens are typed into key by key.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
