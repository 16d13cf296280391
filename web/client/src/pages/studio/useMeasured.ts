import { useEffect, useRef, useState } from "preact/hooks";

import { measureLevel } from "../../media/level";
import { videoBrightness } from "../../media/light";

/** The microphone's level in dB, and the loudest so far. */
export function useLevel(stream: MediaStream | null): { level: number; loudest: number | null } {
  const [level, setLevel] = useState(-100);
  const [loudest, setLoudest] = useState<number | null>(null);
  useEffect(() => {
    const [track] = stream?.getAudioTracks() ?? [];
    if (!track) return undefined;
    return measureLevel(track, (next) => {
      setLevel(next);
      setLoudest((before) => Math.max(before ?? -100, next));
    });
  }, [stream]);
  return { level, loudest };
}

/** The brightness of a playing video, once a second while `on`. */
export function useLight(video: HTMLVideoElement | null, on: boolean): number | null {
  const [light, setLight] = useState<number | null>(null);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  useEffect(() => {
    if (!on || video === null) return undefined;
    const look = () => {
      canvas.current ??= document.createElement("canvas");
      setLight(videoBrightness(video, canvas.current));
    };
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [video, on]);
  return light;
}

/** How long the server takes to answer (median of three, ms); Infinity when it does not, null while asking. */
export function useAnswerTime(on: boolean): number | null {
  const [answer, setAnswer] = useState<number | null>(null);
  useEffect(() => {
    if (!on) return undefined;
    let over = false;
    const ask = async () => {
      const times: number[] = [];
      for (let turn = 0; turn < 3 && !over; turn++) {
        const start = performance.now();
        const response = await fetch("/healthz", { cache: "no-store" });
        if (!response.ok) throw new Error("the server is not healthy");
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[1] ?? null;
    };
    ask().then(
      (time) => !over && setAnswer(time),
      () => !over && setAnswer(Number.POSITIVE_INFINITY),
    );
    return () => {
      over = true;
    };
  }, [on]);
  return answer;
}

/** Enough to get past a connection's slow start, little enough for a slow one: half a second at 4 Mb/s. */
const UPLOAD_BYTES = 256 * 1024;

/** The upload in bit/s, measured once by sending noise; null until then, and where it could not be measured. */
export function useUpload(on: boolean): number | null {
  const [upload, setUpload] = useState<number | null>(null);
  useEffect(() => {
    if (!on) return undefined;
    const stop = new AbortController();
    const send = async () => {
      const noise = new Uint8Array(UPLOAD_BYTES);
      for (let start = 0; start < noise.length; start += 65_536) crypto.getRandomValues(noise.subarray(start, start + 65_536));
      const start = performance.now();
      const response = await fetch("/api/upload-check", {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: noise,
        signal: stop.signal,
      });
      if (response.ok) setUpload((UPLOAD_BYTES * 8_000) / Math.max(1, performance.now() - start));
    };
    send().catch(() => undefined); // without a figure the list says nothing of the upload
    return () => stop.abort();
  }, [on]);
  return upload;
}
