/** The photos of a listing being written: those at the server, and files on their way there. */

import { listings, sentence, type Photo } from "../../api";
import { photoProblem } from "../../api/upload";

export const PHOTOS_MOST = 8;

export interface Picture {
  id: number;
  /** What to show: an object URL for a file, the thumbnail's address for a photo. */
  preview: string;
  file: File | null;
  photo: Photo | null;
  /** 0..1 while it is being sent. */
  share: number | null;
  problem: string | null;
}

let last = 0;

export function pictureOf(photo: Photo): Picture {
  return { id: ++last, preview: photo.thumb, file: null, photo, share: null, problem: null };
}

/** Add files as far as there is room. Also what was wrong with those that were left out, one sentence each. */
export function addFiles(pictures: readonly Picture[], files: readonly File[]): { pictures: Picture[]; problems: string[] } {
  const problems: string[] = [];
  const next = [...pictures];
  for (const file of files) {
    const problem = photoProblem(file);
    if (problem) problems.push(problem);
    else if (next.length >= PHOTOS_MOST) problems.push(`${file.name} was left out: a listing has at most ${PHOTOS_MOST} photos.`);
    else next.push({ id: ++last, preview: URL.createObjectURL(file), file, photo: null, share: null, problem: null });
  }
  return { pictures: next, problems };
}

/** Let go of what the browser keeps for a preview. */
export function forget(picture: Picture): void {
  if (picture.file) URL.revokeObjectURL(picture.preview);
}

/**
 * Send what is not yet at the server, one after the other so that the order stays. One that is refused does not hold up
 * the rest. `change` is told of progress and outcome. Returns whether all have arrived.
 */
export async function sendAll(
  listingId: string,
  pictures: readonly Picture[],
  change: (id: number, to: Partial<Picture>) => void,
): Promise<boolean> {
  let all = true;
  for (const picture of pictures) {
    if (picture.photo || !picture.file) continue;
    change(picture.id, { share: 0, problem: null });
    try {
      const photo = await listings.addPhoto(listingId, picture.file, (share) => change(picture.id, { share }));
      change(picture.id, { photo, share: null });
    } catch (error) {
      all = false;
      change(picture.id, { share: null, problem: sentence(error) });
    }
  }
  return all;
}
