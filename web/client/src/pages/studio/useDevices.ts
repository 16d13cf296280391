import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import {
  type Choice,
  type Devices,
  listDevices,
  openDevices,
  rememberChoice,
  rememberedChoice,
  trouble,
} from "../../media/devices";

export interface Camera {
  stream: MediaStream | null;
  /** Why it is not open. */
  trouble: string | null;
  devices: Devices;
  chosen: Choice;
  choose: (choice: Choice) => void;
  retry: () => void;
}

/** The host's camera and microphone while the studio is open; closed, and their lights off, when it is left. */
export function useDevices(wanted: boolean): Camera {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [devices, setDevices] = useState<Devices>({ cameras: [], microphones: [] });
  const [chosen, setChosen] = useState<Choice>(rememberedChoice);
  const open = useRef<MediaStream | null>(null);
  const opening = useRef(0);

  const close = () => {
    for (const track of open.current?.getTracks() ?? []) track.stop();
    open.current = null;
  };

  const start = useCallback(async (choice: Choice) => {
    const turn = ++opening.current;
    try {
      const next = await openDevices(choice);
      if (turn !== opening.current) {
        for (const track of next.getTracks()) track.stop();
        return;
      }
      close();
      open.current = next;
      setStream(next);
      setProblem(null);
      // Unplugged, or taken away by the system: another one takes its place, or the host reads why not. A track that was
      // stopped here does not say so.
      for (const track of next.getTracks()) track.addEventListener("ended", () => void start(rememberedChoice()));
      setDevices(await listDevices());
      const [video] = next.getVideoTracks();
      const [audio] = next.getAudioTracks();
      setChosen({
        camera: video?.getSettings().deviceId ?? choice.camera,
        microphone: audio?.getSettings().deviceId ?? choice.microphone,
      });
    } catch (error) {
      if (turn === opening.current) setProblem(trouble(error));
    }
  }, []);

  useEffect(() => {
    if (!wanted) return undefined;
    void start(rememberedChoice());
    const changed = () => {
      listDevices().then(setDevices, () => undefined);
      if (open.current?.getTracks().some((track) => track.readyState === "ended")) void start(rememberedChoice());
    };
    navigator.mediaDevices?.addEventListener("devicechange", changed);
    return () => {
      opening.current++;
      navigator.mediaDevices?.removeEventListener("devicechange", changed);
      close();
      setStream(null);
    };
  }, [wanted, start]);

  const choose = useCallback(
    (choice: Choice) => {
      rememberChoice(choice);
      void start(choice);
    },
    [start],
  );

  return { stream, trouble: problem, devices, chosen, choose, retry: () => void start(chosen) };
}
