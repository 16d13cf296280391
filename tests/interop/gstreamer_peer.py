"""GStreamer's webrtcbin as host or viewer, a program of its own for the system's Python, which has GStreamer's bindings:

python3 gstreamer_peer.py host URL CODEC      until its standard input ends; CODEC is vp8 or h264
python3 gstreamer_peer.py viewer URL FRAMES   until so many frames, and some sound, are decoded; then it prints what it saw
"""

# ruff: noqa: E402
# mypy: ignore-errors

import json
import sys
import threading
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC

ENCODERS = {
    "vp8": "vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay picture-id-mode=15-bit "
    "! application/x-rtp,media=video,encoding-name=VP8,payload=96",
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! video/x-h264,profile=constrained-baseline "
    "! rtph264pay config-interval=-1 aggregate-mode=zero-latency "
    "! application/x-rtp,media=video,encoding-name=H264,payload=96",
}
SOUNDS = 6  # blocks of sound that must have come too before a viewer has seen enough
HOST = """webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true pattern=smpte ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! {encoder} ! peer.
audiotestsrc is-live=true wave=sine ! opusenc ! rtpopuspay
! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer."""


def post(url, sdp):
    request = urllib.request.Request(url, sdp.encode(), {"Content-Type": "application/sdp"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read().decode()


def exchange(peer, url):
    """Offer, post and take the answer. Called on a thread of its own, so that GStreamer's loop goes on."""
    made = Gst.Promise.new()
    peer.emit("create-offer", None, made)
    made.wait()
    reply = made.get_reply()  # kept: the offer lives in it
    offer = reply.get_value("offer")
    peer.emit("set-local-description", offer, Gst.Promise.new())
    answer = post(url, offer.sdp.as_text())
    _, message = GstSdp.SDPMessage.new_from_text(answer)
    description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    peer.emit("set-remote-description", description, Gst.Promise.new())


def fail(error):
    print(f"gstreamer: {error}", file=sys.stderr, flush=True)
    loop.quit()


def negotiate(peer, url):
    def run():
        try:
            exchange(peer, url)
        except Exception as error:
            fail(error)

    threading.Thread(target=run, daemon=True).start()


def host(url, codec):
    pipeline = Gst.parse_launch(HOST.format(encoder=ENCODERS[codec]))
    peer = pipeline.get_by_name("peer")
    asked = threading.Event()

    def needed(_):
        if not asked.is_set():
            asked.set()
            negotiate(peer, url)

    peer.connect("on-negotiation-needed", needed)
    for index in range(2):
        transceiver = peer.emit("get-transceiver", index)
        transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)

    def wait_for_the_end():
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return pipeline


def viewer(url, frames):
    pipeline = Gst.Pipeline.new(None)
    peer = Gst.ElementFactory.make("webrtcbin", "peer")
    peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    pipeline.add(peer)
    sounds = [0]
    pictures = [0]
    told = []

    def take(sink, kind):
        sample = sink.emit("pull-sample")
        if kind == "audio":
            sounds[0] += 1
            return Gst.FlowReturn.OK
        pictures[0] += 1
        if pictures[0] >= frames and sounds[0] >= SOUNDS and not told:
            told.append(True)
            caps = sample.get_caps().get_structure(0)
            buffer = sample.get_buffer()
            data = buffer.extract_dup(0, buffer.get_size())
            size = caps.get_value("width"), caps.get_value("height")
            luma = data[: size[0] * size[1]]
            light = sum(luma[::97]) / len(luma[::97])
            print(json.dumps({"width": size[0], "height": size[1], "light": light, "sounds": sounds[0]}), flush=True)
            loop.quit()
        return Gst.FlowReturn.OK

    def decoded(_, pad):
        kind = "audio" if pad.get_current_caps().to_string().startswith("audio") else "video"
        chain = "audioconvert" if kind == "audio" else "videoconvert ! video/x-raw,format=I420"
        description = f"queue ! {chain} ! appsink name=out emit-signals=true sync=false"
        sink = Gst.parse_bin_from_description(description, True)
        pipeline.add(sink)
        sink.get_by_name("out").connect("new-sample", take, kind)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def arrived(_, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        decoder = Gst.ElementFactory.make("decodebin")
        decoder.connect("pad-added", decoded)
        pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    peer.connect("pad-added", arrived)
    codecs = (
        "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=97",
        "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96,rtcp-fb-nack-pli=true;"
        "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=98,packetization-mode=(string)1,"
        "profile-level-id=(string)42e01f,rtcp-fb-nack-pli=true",
    )
    for caps in codecs:
        peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
    peer.connect("on-negotiation-needed", lambda _: negotiate(peer, url))
    return pipeline


Gst.init(None)
loop = GLib.MainLoop()
mode, address, argument = sys.argv[1:4]
playing = host(address, argument) if mode == "host" else viewer(address, int(argument))
bus = playing.get_bus()
bus.add_signal_watch()
bus.connect("message::error", lambda _, message: fail(message.parse_error()))
playing.set_state(Gst.State.PLAYING)
try:
    loop.run()
finally:
    playing.set_state(Gst.State.NULL)
