import type { ComponentChildren } from "preact";

interface Props {
  icon: ComponentChildren;
  /** Beside the icon where there is room, else what a screen reader says and a long press shows. */
  word: string;
  onClick: () => void;
  pressed?: boolean;
  opens?: boolean;
  hook?: string;
  class?: string;
}

/** A switch over the picture: an icon on a phone, where the picture needs the room, with its word on a wide screen. */
export function StageTool({ icon, word, onClick, pressed, opens = false, hook, class: more = "" }: Props) {
  return (
    <button
      type="button"
      class={`stage__tool ${more}`}
      title={word}
      data-testid={hook}
      aria-pressed={pressed}
      aria-haspopup={opens ? "dialog" : undefined}
      onClick={onClick}
    >
      {icon}
      <span class="stage__word">{word}</span>
    </button>
  );
}
