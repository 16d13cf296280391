/** Links in a studio that is on air open beside it: leaving the page would take the host off air. */
export function openBeside(event: Event, onAir: boolean): void {
  const link = (event.target as Element | null)?.closest?.("a[href]");
  if (!link) return;
  if (onAir) link.setAttribute("target", "_blank");
  else link.removeAttribute("target");
}
