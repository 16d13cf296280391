import { useState } from "preact/hooks";
import { closets, sentence } from "../api";
import { requireSignIn } from "../state/session";
import { toast } from "../state/toasts";
import { Button } from "./Button";
import { t } from "../i18n";

/** Follow a closet or stop; changes when the server has said so. */
export function FollowButton({
  handle,
  name,
  following,
  onChange,
}: {
  handle: string;
  name: string;
  following: boolean;
  onChange: (answer: { following: boolean; followers: number }) => void;
}) {
  const [busy, setBusy] = useState(false);
  const change = async (): Promise<void> => {
    if (!requireSignIn()) return;
    setBusy(true);
    try {
      onChange(await closets.follow(handle, !following));
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button kind={following ? "plain" : "strong"} busy={busy} aria-pressed={following} onClick={() => void change()}>
      {following ? t("Following") : t("Follow")}
      <span class="hidden-visually"> {name}</span>
    </Button>
  );
}
