/** The pages' icons, drawn in the colour of the text around them and silent for screen readers. */

import type { ComponentChildren } from "preact";

/** `points`: in reading direction, so it is mirrored where that is to the left. */
function icon(children: ComponentChildren, points = false) {
  return function Icon({ size = 24, filled = false }: { size?: number; filled?: boolean }) {
    return (
      <svg
        class={points ? "icon mirrored" : "icon"}
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill={filled ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {children}
      </svg>
    );
  };
}

export const HomeIcon = icon(<path d="M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4.5v-6h-5v6H5a1 1 0 0 1-1-1z" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4.5 4.5" />
  </>,
);
export const BagIcon = icon(
  <>
    <path d="M5 8h14l1 12H4z" />
    <path d="M8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5" />
  </>,
);
export const HeartIcon = icon(<path d="M12 20s-7.5-4.6-7.5-10A4.3 4.3 0 0 1 12 7.3 4.3 4.3 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z" />);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5" />
  </>,
);
export const CameraIcon = icon(
  <>
    <rect x="3" y="6.5" width="12.5" height="11" rx="2.5" />
    <path d="M15.5 11l5.5-3v8l-5.5-3" />
  </>,
);
export const BoxIcon = icon(
  <>
    <path d="M4 8l8-4 8 4v8.5l-8 4-8-4z" />
    <path d="M4 8l8 4 8-4M12 12v8.5" />
  </>,
);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />, true);
export const ForwardIcon = icon(<path d="M9 5l7 7-7 7" />, true);
export const CheckIcon = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const ShareIcon = icon(<path d="M12 15V4M8 7.5L12 4l4 3.5M6 11v8h12v-8" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const HangerIcon = icon(
  <path d="M12 9.5c0-1.4 2-1.6 2-3.5a2 2 0 0 0-4 0M12 9.5l8.5 6.2c1 .8.5 2.3-.8 2.3H4.3c-1.3 0-1.8-1.5-.8-2.3z" />,
);
export const SoundIcon = icon(<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />);
export const SilentIcon = icon(<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5" />);
export const CaptionsIcon = icon(
  <>
    <rect x="3" y="5.5" width="18" height="13" rx="2.5" />
    <path d="M10.5 10.5a2.2 2.2 0 1 0 0 3M17 10.5a2.2 2.2 0 1 0 0 3" />
  </>,
);
export const CaptionsOffIcon = icon(
  <>
    <rect x="3" y="5.5" width="18" height="13" rx="2.5" />
    <path d="M4 20L20 4" />
  </>,
);
export const QualityIcon = icon(
  <>
    <path d="M4 8h9M19 8h1M4 16h2M12 16h8" />
    <circle cx="16" cy="8" r="2.5" />
    <circle cx="9" cy="16" r="2.5" />
  </>,
);
export const WholeIcon = icon(<path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5" />);
export const PlayIcon = icon(<path d="M8 5.5v13l10.5-6.5z" fill="currentColor" />);
export const PauseIcon = icon(<path d="M8.5 5.5v13M15.5 5.5v13" stroke-width="3" />);
export const EyeIcon = icon(
  <>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </>,
);
export const GlobeIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17" />
  </>,
);
export const BellIcon = icon(
  <>
    <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z" />
    <path d="M10 20.5h4" />
  </>,
);
