import "./skeleton.css";

import { t } from "../i18n";

/** A grey block where something is about to appear. */
export function Skeleton({ height = "1em", width = "100%", ratio }: { height?: string; width?: string; ratio?: string }) {
  return <span class="skeleton" style={ratio ? { width, aspectRatio: ratio } : { width, height }} aria-hidden="true" />;
}

export function CardsSkeleton({ count = 8 }: { count?: number }) {
  return (
    <div class="grid-cards" role="group" aria-busy="true" aria-label={t("Loading")}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} class="stack stack--tight">
          <Skeleton ratio="4 / 5" />
          <Skeleton width="70%" />
          <Skeleton width="40%" />
        </div>
      ))}
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div class="page stack" aria-busy="true">
      <span class="hidden-visually" role="status">
        {t("Loading")}
      </span>
      <Skeleton height="32px" width="240px" />
      <CardsSkeleton count={4} />
    </div>
  );
}
