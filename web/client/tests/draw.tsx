import { render, type ComponentChildren } from "preact";
import { act } from "preact/test-utils";

/** Draw into a fresh element of the document; setup.ts takes it away after the test. */
export async function draw(what: ComponentChildren): Promise<HTMLElement> {
  const root = document.createElement("div");
  root.dataset["root"] = "";
  document.body.append(root);
  await act(() => render(what, root));
  return root;
}

export async function type(input: Element | null, text: string): Promise<void> {
  if (!(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement)) throw new Error("no such field");
  await act(() => {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export async function click(element: Element | null): Promise<void> {
  if (!(element instanceof HTMLElement)) throw new Error("nothing to click");
  await act(async () => {
    element.click();
    await Promise.resolve();
  });
}

export async function submit(form: Element | null): Promise<void> {
  if (!(form instanceof HTMLFormElement)) throw new Error("no form");
  await act(async () => {
    form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await Promise.resolve();
  });
}

/** Until `check` no longer throws; what it waits for comes from promises, not from time. */
export async function eventually(check: () => void): Promise<void> {
  let last: unknown;
  for (let turn = 0; turn < 200; turn++) {
    try {
      check();
      return;
    } catch (error) {
      last = error;
    }
    await act(async () => {
      await new Promise((done) => setTimeout(done, 5));
    });
  }
  throw last;
}
