import { useEffect, useRef, useState } from "preact/hooks";

import type { Message } from "../../live/room";
import type { Act } from "./moderation";
import { textParts } from "./text_parts";
import { mark, t } from "../../i18n";

const ROLE_NAMES = { host: mark("Host"), moderator: mark("Moderator"), seller: mark("Seller") } as const;
const LONG_PRESS_MS = 450;

interface Props {
  line: Message;
  /** The line that it answers, if that is still there. */
  answered?: Message | undefined;
  /** What may be done about it; empty: no menu. */
  acts: readonly Act[];
  onAct: (act: Act) => void;
}

/** One message with its menu: by the button (hover, keyboard), the right button or a long press. */
export function ChatLine({ line, answered, acts, onAct }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const press = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const moderated = acts.length > 0;
  useEffect(() => () => clearTimeout(press.current), []);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const pressHandlers = moderated
    ? {
        onContextMenu: (event: Event) => {
          event.preventDefault();
          setOpen(true);
        },
        onTouchStart: () => {
          press.current = setTimeout(() => setOpen(true), LONG_PRESS_MS);
        },
        onTouchEnd: () => clearTimeout(press.current),
        onTouchMove: () => clearTimeout(press.current),
        onTouchCancel: () => clearTimeout(press.current),
      }
    : {};

  return (
    <li class={lineClass(line, open)} data-testid={`chat-line-${line.message_id}`} {...pressHandlers}>
      <p>
        {answered && (
          <span class="chat-line__reply">
            ↩ <span dir="auto">{t("{name}: {text}", { name: answered.author.name, text: answered.text })}</span>
          </span>
        )}
        {line.announcement && <span class="chat-line__role">{t("Announcement")} </span>}
        {line.question && <span class="chat-line__role">{t("Question")} </span>}
        <b class="chat-line__name" dir="auto">{line.author.name}</b>
        {line.role && <span class={`chat-line__role chat-line__role--${line.role}`}>{t(ROLE_NAMES[line.role])}</span>}{" "}
        <span class="chat-line__text" dir="auto"><LineText line={line} /></span>
      </p>
      {moderated && (
        <button
          ref={button}
          type="button"
          class="chat-line__more"
          data-testid="chat-menu"
          aria-haspopup="menu"
          aria-expanded={open}
          aria-label={t("What to do about {name}’s message", { name: line.author.name })}
          onClick={() => setOpen(!open)}
        >
          ⋯
        </button>
      )}
      {open && (
        <ActMenu
          acts={acts}
          onClose={close}
          onChoose={(act) => {
            close();
            onAct(act);
          }}
        />
      )}
    </li>
  );
}

function lineClass(line: Message, open: boolean): string {
  const marks = [open && "open", line.announcement && "announcement", line.question && "question"];
  return ["chat-line", ...marks.filter(Boolean).map((one) => `chat-line--${one}`)].join(" ");
}

function LineText({ line }: { line: Message }) {
  const parts = textParts(line.text, line.mentions, line.links);
  return (
    <>
      {parts.map((part, place) =>
        part.kind === "link" ? (
          <a key={place} href={part.text} target="_blank" rel="noopener noreferrer nofollow ugc">{part.text}</a>
        ) : part.kind === "mention" ? (
          <bdi key={place} class="chat-line__mention">{part.text}</bdi>
        ) : (
          part.text
        ),
      )}
    </>
  );
}

function ActMenu({ acts, onChoose, onClose }: { acts: readonly Act[]; onChoose: (act: Act) => void; onClose: () => void }) {
  const menu = useRef<HTMLDivElement>(null);

  useEffect(() => {
    menu.current?.querySelector("button")?.focus();
    menu.current?.scrollIntoView({ block: "nearest" });
    const outside = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) onClose();
    };
    // From the next event on: the press that opened the menu has not ended yet.
    const timer = setTimeout(() => document.addEventListener("pointerdown", outside));
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", outside);
    };
  }, []);

  const keys = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll("button") ?? [])];
    const place = items.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (step !== undefined) items[(place + step + items.length) % items.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={menu} class="act-menu" role="menu" onKeyDown={keys}>
      {acts.map((act) => (
        <button key={act.name} type="button" role="menuitem" data-testid={act.name} onClick={() => onChoose(act)}>
          {act.label}
        </button>
      ))}
    </div>
  );
}
