import { useEffect, useMemo, useReducer } from "preact/hooks";

import { learnServerTime } from "../../clock";
import { Channel, channelUrl } from "../../live/channel";

/** The live channel of a show while the page is open; draws again on every change of its view. */
export function useChannel(showId: string): Channel {
  const channel = useMemo(() => new Channel({ url: channelUrl(showId) }), [showId]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const unsubscribe = channel.subscribe(() => redraw(undefined));
    const told = channel.onTime((now) => learnServerTime(now));
    channel.start();
    return () => {
      unsubscribe();
      told();
      channel.stop();
    };
  }, [channel]);
  return channel;
}
