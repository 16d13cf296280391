/** How loud a microphone is, for the meter and the checklist. */

/** Root mean square of samples in -1..1 as decibels below full scale, never under -100. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const level = Math.sqrt(sum / Math.max(1, samples.length));
  return Math.max(-100, 20 * Math.log10(level || 1e-5));
}

/** The meter's share, 0..1: -60 dB is an empty room, 0 dB clips. */
export function share(level: number): number {
  return Math.min(1, Math.max(0, (level + 60) / 60));
}

/** Calls `onLevel` with decibels ten times a second until the returned function is called. */
export function measureLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    // A context made before the first tap sleeps until somebody wakes it.
    if (context.state === "suspended") void context.resume();
    analyser.getFloatTimeDomainData(samples);
    onLevel(decibels(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}
