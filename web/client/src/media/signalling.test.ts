import { describe, expect, it } from "vitest";

import { iceServers } from "./signalling";

describe("the servers that an answer names", () => {
  it("reads every ice-server link and no other", () => {
    const header = [
      '</whep/s/1/events>; rel="server-sent-events"; events="active,inactive"',
      '<stun:stun.example.org>; rel="ice-server"',
      '<turn:turn.example.org?transport=tcp>; rel="ice-server"; username="17:a\\"b"; credential="c,d;e=="; credential-type="password"',
    ].join(", ");
    expect(iceServers(header)).toEqual([
      { urls: "stun:stun.example.org" },
      { urls: "turn:turn.example.org?transport=tcp", username: '17:a"b', credential: "c,d;e==" },
    ]);
  });

  it.each([null, "", "nonsense", '<>; rel="ice-server"', "<turn:x>", '<turn:x>; rel="ice-server'])("finds none in %j", (header) => {
    expect(iceServers(header)).toEqual([]);
  });
});
