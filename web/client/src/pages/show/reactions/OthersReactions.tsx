import type { Channel } from "../../../live/channel";
import { Floating } from "./Floating";
import { useReactions } from "./useReactions";

/** Over the host's own picture: what the audience sends. */
export function OthersReactions({ channel }: { channel: Channel }) {
  return <Floating floats={useReactions(channel).floats} />;
}
