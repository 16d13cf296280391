import { useState } from "preact/hooks";
import type { Person } from "../api/types";
import "./avatar.css";

/** A person's picture, or the first letters of the name. Always beside the name in text, so silent itself. */
export function Avatar({ person, size = 40, live = false }: { person: Pick<Person, "name" | "avatar">; size?: number; live?: boolean }) {
  const [broken, setBroken] = useState(false);
  const letters = initials(person.name);
  return (
    <span
      class={`avatar${live ? " avatar--live" : ""}`}
      style={{ width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.4)}px` }}
      aria-hidden="true"
    >
      {person.avatar && !broken ? (
        <img src={person.avatar} alt="" width={size} height={size} loading="lazy" onError={() => setBroken(true)} />
      ) : (
        letters
      )}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}

/** Avatar and name, leading to the person's closet. */
export function PersonLink({ person, size = 32, note }: { person: Person; size?: number; note?: string }) {
  return (
    <a class="person-link" href={`/closet/${encodeURIComponent(person.handle)}`}>
      <Avatar person={person} size={size} />
      <span class="person-link__words">
        <span class="person-link__name">{person.name}</span>
        <span class="quiet small">{note ?? <bdi>@{person.handle}</bdi>}</span>
      </span>
    </a>
  );
}
