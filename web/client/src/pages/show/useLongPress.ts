import { useMemo, useRef } from "preact/hooks";

/** Longer than a tap, shorter than anybody's patience; phones take about as long for their own menus. */
const LONG_PRESS_MS = 550;
/** A thumb is never quite still; further than this and it swipes. */
const STILL_PX = 12;

/** A press that stays, a right click, or the keyboard's menu key. `held()` tells the click that follows a press, and forgets it. */
export function useLongPress(onLong: () => void) {
  const latest = useRef(onLong);
  latest.current = onLong;
  return useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    let long = false;
    const cancel = () => clearTimeout(timer);
    const fire = () => {
      cancel();
      long = true;
      latest.current();
    };
    return {
      held: () => {
        const was = long;
        long = false;
        return was;
      },
      handlers: {
        onPointerDown: (event: PointerEvent) => {
          long = false;
          cancel();
          if (event.pointerType === "mouse") return; // it has a second button for this
          from = { x: event.clientX, y: event.clientY };
          timer = setTimeout(fire, LONG_PRESS_MS);
        },
        onPointerMove: (event: PointerEvent) => {
          if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) cancel();
        },
        onPointerUp: cancel,
        onPointerCancel: cancel,
        onContextMenu: (event: MouseEvent) => {
          event.preventDefault();
          if (!long) fire();
          if ((event as PointerEvent).pointerType !== "touch") long = false; // no click follows
        },
      },
    };
  }, []);
}
