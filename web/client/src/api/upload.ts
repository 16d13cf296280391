/** Sending a picture with progress, which fetch cannot report. */

import { ApiError } from "./errors";
import { refusal } from "./request";

/** The server refuses larger pictures; say so before anything is sent. */
export const MAX_PHOTO_BYTES = 12 * 1024 * 1024;
export const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp"];

/** Why this file cannot be a photo, or null when it can. */
export function photoProblem(file: { name: string; type: string; size: number }): string | null {
  if (!PHOTO_TYPES.includes(file.type)) return `${file.name} is not a JPEG, PNG or WebP picture. Choose another one.`;
  if (file.size > MAX_PHOTO_BYTES) return `${file.name} is larger than 12 MB. Choose a smaller picture.`;
  if (file.size === 0) return `${file.name} is empty. Choose another picture.`;
  return null;
}

/** POST or PUT a picture; `progress` gets 0..1. @throws ApiError */
export function upload<T>(
  method: "POST" | "PUT",
  url: string,
  picture: Blob,
  progress: (share: number) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open(method, url);
    call.setRequestHeader("Content-Type", picture.type);
    call.setRequestHeader("Accept", "application/json");
    call.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
    };
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) {
        try {
          resolve((call.status === 204 ? undefined : JSON.parse(call.responseText)) as T);
        } catch {
          reject(new ApiError(call.status, "not_json", "The picture was sent, but the answer made no sense. Reload the page."));
        }
      } else {
        reject(refusal(call.status, call.responseText, call.getResponseHeader("Retry-After")));
      }
    };
    call.onerror = call.onabort = call.ontimeout = () => reject(new ApiError(0, "offline", ""));
    call.send(picture);
  });
}
