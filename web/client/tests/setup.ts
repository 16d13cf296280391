import { afterEach } from "vitest";
import { render } from "preact";

afterEach(() => {
  for (const root of document.querySelectorAll("[data-root]")) {
    render(null, root);
    root.remove();
  }
});
