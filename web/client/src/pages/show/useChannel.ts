import { useEffect, useMemo, useReducer } from "preact/hooks";

import { learnServerTime } from "../../clock";
import { Channel, channelUrl } from "../../live/channel";
import { SIGNED_OUT } from "../../live/close_codes";
import { loadMe, me } from "../../state/session";

/** The live channel of a show while the page is open; draws again on every change of its view. `behind`: see ChannelOptions. */
export function useChannel(showId: string, behind?: number): Channel {
  const channel = useMemo(() => new Channel({ url: channelUrl(showId), ...(behind === undefined ? {} : { behind }) }), [showId]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const unsubscribe = channel.subscribe(() => redraw(undefined));
    // The session behind the socket has ended. Said here and not only asked of the server, which may be out of reach just
    // now: while these pages believe that somebody is signed in, the sign-in page leads straight back.
    const closed = channel.subscribe(() => {
      if (channel.view.closing?.code === SIGNED_OUT && me.value) {
        me.value = null;
        void loadMe();
      }
    });
    // Signed in again, perhaps in another tab: the channel is joined as who one is now.
    let left = false;
    const seen = () => {
      if (document.visibilityState !== "visible" || channel.view.closing?.code !== SIGNED_OUT) return;
      void loadMe().then(() => {
        if (me.value && !left && channel.view.closing?.code === SIGNED_OUT) channel.rejoin();
      });
    };
    document.addEventListener("visibilitychange", seen);
    const told = channel.onTime((now) => learnServerTime(now));
    channel.start();
    return () => {
      unsubscribe();
      left = true;
      document.removeEventListener("visibilitychange", seen);
      closed();
      told();
      channel.stop();
    };
  }, [channel]);
  return channel;
}
