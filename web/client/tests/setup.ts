import { render } from "preact";
import { afterEach, vi } from "vitest";

afterEach(() => {
  for (const root of document.querySelectorAll("[data-root]")) {
    render(null, root);
    root.remove();
  }
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
