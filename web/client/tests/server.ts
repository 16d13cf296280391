import { vi } from "vitest";

export interface Asked {
  method: string;
  url: string;
  body: unknown;
  headers: Record<string, string>;
}

type Answer = { status?: number; json?: unknown; text?: string; headers?: Record<string, string> } | Error;

/** Stands where the network is: answers by "METHOD path", and keeps what was asked. Without an answer it is a 404. */
export function serve(answers: Record<string, Answer | ((asked: Asked) => Answer)>): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const asked: Asked = {
      method: init.method ?? "GET",
      url,
      body: typeof init.body === "string" ? JSON.parse(init.body) : init.body,
      headers: init.headers as Record<string, string>,
    };
    all.push(asked);
    const found = answers[`${asked.method} ${url}`] ?? answers[`${asked.method} ${url.split("?")[0]}`];
    const answer = typeof found === "function" ? found(asked) : found;
    if (answer instanceof Error) throw answer;
    if (!answer) return new Response(JSON.stringify({ error: { code: "not_found", message: "There is nothing here." } }), { status: 404 });
    const status = answer.status ?? 200;
    const text = status === 204 ? null : (answer.text ?? JSON.stringify(answer.json ?? {}));
    return new Response(text, { status, headers: answer.headers ?? {} });
  });
  return all;
}
