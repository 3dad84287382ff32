/*
 * Part of the service worker. Files whose names tell their content come from the cache itself: a start asks for some
 * fifty, and each that woke the worker's code took three milliseconds of it. Where a browser cannot do that the worker
 * answers, as for all else.
 */
self.addEventListener('install', (event) => {
  event.addRoutes?.({
    condition: { urlPattern: '/assets/*', requestMethod: 'GET' },
    source: { cacheName: `workbox-precache-v2-${self.registration.scope}` },
  });
});
