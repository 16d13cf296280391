import { render } from "preact";
import { afterEach, vi } from "vitest";

// No test reaches a network: what a test wants answered it serves itself (server.ts).
globalThis.fetch = () => Promise.reject(new TypeError("no network in tests"));

afterEach(() => {
  for (const root of document.querySelectorAll("[data-root]")) {
    render(null, root);
    root.remove();
  }
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
