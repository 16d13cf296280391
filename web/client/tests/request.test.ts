import { describe, expect, it, vi } from "vitest";
import { ApiError, fieldErrors, sentence } from "../src/api/errors";
import { newKey, onSignedOut, path, request, withQuery } from "../src/api/request";
import { serve } from "./server";

async function refused(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe("request", () => {
  it("sends JSON with its key and reads JSON", async () => {
    const asked = serve({ "POST /api/holds": { status: 201, json: { hold_id: "h" } } });
    const answer = await request<{ hold_id: string }>("POST", "/api/holds", { body: { listing_id: "l" }, idempotencyKey: "k1" });
    expect(answer.hold_id).toBe("h");
    expect(asked[0]?.body).toEqual({ listing_id: "l" });
    expect(asked[0]?.headers).toMatchObject({ "Content-Type": "application/json", "Idempotency-Key": "k1" });
  });

  it("sends no body and no content type without one, and a 204 is nothing", async () => {
    const asked = serve({ "DELETE /api/session": { status: 204 } });
    expect(await request("DELETE", "/api/session")).toBeUndefined();
    expect(asked[0]?.body).toBeUndefined();
    expect(asked[0]?.headers).not.toHaveProperty("Content-Type");
  });

  it("sends a picture as it is", async () => {
    const picture = new Blob(["x"], { type: "image/webp" });
    const asked = serve({ "PUT /api/me/avatar": {} });
    await request("PUT", "/api/me/avatar", { body: picture });
    expect(asked[0]?.body).toBe(picture);
    expect(asked[0]?.headers["Content-Type"]).toBe("image/webp");
  });

  it("gives the server's code, message and details", async () => {
    serve({
      "POST /api/x": {
        status: 422,
        json: { error: { code: "invalid_field", message: "title must have 1 to 80 characters.", details: { field: "title" } } },
      },
    });
    const error = await refused(request("POST", "/api/x"));
    expect([error.status, error.code]).toEqual([422, "invalid_field"]);
    expect(sentence(error)).toBe("Title must have 1 to 80 characters.");
    expect(fieldErrors(error)).toEqual({ title: "Title must have 1 to 80 characters." });
  });

  it("says a sentence when a proxy answers with a page of its own", async () => {
    serve({ "GET /api/x": { status: 503, text: "<html>Bad gateway</html>", headers: { "Retry-After": "7" } } });
    const error = await refused(request("GET", "/api/x"));
    expect(error.retryAfter).toBe(7);
    expect(sentence(error)).toMatch(/Try again in a moment/);
  });

  it("is offline when no answer comes", async () => {
    serve({ "GET /api/x": new TypeError("fetch failed") });
    const error = await refused(request("GET", "/api/x"));
    expect([error.status, error.code]).toEqual([0, "offline"]);
    expect(sentence(error)).toMatch(/cannot reach the shop/);
  });

  it("hands on that it was aborted", async () => {
    serve({ "GET /api/x": new DOMException("left", "AbortError") as unknown as Error });
    await expect(request("GET", "/api/x")).rejects.toMatchObject({ name: "AbortError" });
  });

  it("refuses an answer that is no JSON", async () => {
    serve({ "GET /api/x": { text: "<html>" } });
    expect((await refused(request("GET", "/api/x"))).code).toBe("not_json");
  });

  it("tells that somebody is signed out, until no longer asked to", async () => {
    serve({ "GET /api/x": { status: 401, json: { error: { code: "signed_out", message: "" } } } });
    const told = vi.fn();
    const stop = onSignedOut(told);
    await refused(request("GET", "/api/x"));
    stop();
    await refused(request("GET", "/api/x"));
    expect(told).toHaveBeenCalledTimes(1);
  });
});

describe("addresses", () => {
  it("leave out what is not set", () => {
    expect(withQuery("/api/search", { q: "wool & silk", available: false, size: "", after: null, limit: 0 })).toBe(
      "/api/search?q=wool+%26+silk&limit=0",
    );
    expect(withQuery("/api/search", {})).toBe("/api/search");
  });

  it("escape each part", () => {
    expect(path("api", "closets", "a/b?c")).toBe("/api/closets/a%2Fb%3Fc");
  });

  it("keys are printable, short enough and never the same", () => {
    const keys = new Set(Array.from({ length: 50 }, newKey));
    expect(keys.size).toBe(50);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});

it("says something for what is no refusal at all", () => {
  expect(sentence(new TypeError("x is undefined"))).toMatch(/Reload/);
  expect(sentence(new ApiError(403, "forbidden", ""))).toBe("This is not yours to change.");
  expect(sentence(new ApiError(409, "drop_limit", "2 for each buyer in this drop: you have yours.", { limit: 2 }))).toBe("2 pieces for each buyer: you have yours.");
  expect(sentence(new ApiError(422, "mixed_currencies", "", { currencies: ["EUR", "USD"] }))).toBe("Pay for EUR and USD in separate orders.");
  expect(sentence(new ApiError(429, "too_many_tries", "", { retry_after: 61 }))).toBe("Too many tries. Please wait 2 minutes and try again.");
  expect(fieldErrors(new TypeError("x"))).toEqual({});
});
