/** Is there light enough to see a fabric? The mean luma of a preview frame. */

/** Mean luma 0..255 (BT.601 weights) of RGBA pixels. */
export function brightness(pixels: Uint8ClampedArray): number {
  let sum = 0;
  for (let i = 0; i + 3 < pixels.length; i += 4) {
    sum += 0.299 * (pixels[i] ?? 0) + 0.587 * (pixels[i + 1] ?? 0) + 0.114 * (pixels[i + 2] ?? 0);
  }
  return pixels.length < 4 ? 0 : sum / (pixels.length / 4);
}

/** Below this a wool coat and a cotton one look the same on a phone. */
export const DARK_BELOW = 50;

/** The present brightness of a playing video; null before its first picture. */
export function videoBrightness(video: HTMLVideoElement, canvas: HTMLCanvasElement): number | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
  canvas.width = 32;
  canvas.height = 18;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return brightness(context.getImageData(0, 0, canvas.width, canvas.height).data);
}
