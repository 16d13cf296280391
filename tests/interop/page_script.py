"""What a page of these tests can do: publish, watch, restart ICE, and tell how the picture does. The same in every browser."""

SCRIPT = """
async function exchange(peer, url) {
  await peer.setLocalDescription();
  const headers = {'Content-Type': 'application/sdp'};
  const response = await fetch(url, {method: 'POST', body: peer.localDescription.sdp, headers});
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  window.session = {url: response.headers.get('Location'), etag: response.headers.get('ETag'), answer: await response.text()};
  await peer.setRemoteDescription({type: 'answer', sdp: window.session.answer});
}
// Noise that no encoder can make small: it sends whatever the congestion control allows.
function noise() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext('2d'), image = context.createImageData(640, 360);
  const words = new Uint32Array(image.data.buffer);
  let seed = 1;
  window.painter = setInterval(() => {
    for (let i = 0; i < words.length; i += 2) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      words[i] = words[i + 1] = seed | 0xff000000;
    }
    context.putImageData(image, 0, 0);
  }, 66);
  return canvas.captureStream(15).getVideoTracks()[0];
}
window.publish = async (show, {noisy = false, maxBitrate = 0, codec = ''} = {}) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360, frameRate: 15}});
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  peer.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly'});
  const encodings = maxBitrate ? [{maxBitrate}] : [{}];
  const track = noisy ? noise() : stream.getVideoTracks()[0];
  const video = peer.addTransceiver(track, {direction: 'sendonly', sendEncodings: encodings});
  if (codec) {
    const known = RTCRtpSender.getCapabilities('video').codecs;
    const first = known.filter(one => one.mimeType === codec), rest = known.filter(one => one.mimeType === 'video/rtx');
    video.setCodecPreferences([...first, ...rest]);
  }
  await exchange(peer, `/whip/${show}`);
};
window.unpublish = () => { clearInterval(window.painter); window.peer.close(); };
window.watch = async (show) => {
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const stream = new MediaStream();
  peer.addTransceiver('audio', {direction: 'recvonly'});
  peer.addTransceiver('video', {direction: 'recvonly'});
  peer.ontrack = event => stream.addTrack(event.track);
  const video = window.video = document.createElement('video');
  [video.muted, video.autoplay, video.playsInline, video.srcObject] = [true, true, true, stream];
  document.body.append(video);
  await exchange(peer, `/whep/${show}`);
};
// Statistics are asynchronous and wait_for_function takes a promise for true: a sampler keeps the latest ones at hand.
window.latest = {decoded: 0, codec: '', target: 0, available: 0, audio: 0};
setInterval(async () => {
  if (!window.peer) return;
  const all = await window.peer.getStats();
  const find = (type, kind) => [...all.values()].find(one => one.type === type && (!kind || one.kind === kind)) ?? {};
  const video = find('inbound-rtp', 'video');
  window.latest = {
    decoded: video.framesDecoded ?? 0,
    codec: all.get(video.codecId)?.mimeType ?? '',
    audio: find('inbound-rtp', 'audio').packetsReceived ?? 0,
    target: find('outbound-rtp', 'video').targetBitrate ?? 0,
    available: Math.max(0, ...[...all.values()].map(one => one.availableOutgoingBitrate ?? 0)),
  };
}, 100);
window.restart = async () => {
  const peer = window.peer;
  peer.restartIce();
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const lines = offer.sdp.split('\\r\\n');
  const pick = name => lines.find(line => line.startsWith(name));
  const body = [pick('a=group:BUNDLE'), pick('m='), pick('a=mid:'), pick('a=ice-ufrag:'), pick('a=ice-pwd:'), ''].join('\\r\\n');
  const response = await fetch(window.session.url, {
    method: 'PATCH', body, headers: {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*'},
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const fragment = await response.text();
  const [ufrag, pwd] = ['ice-ufrag', 'ice-pwd'].map(name => fragment.match(new RegExp(`a=${name}:(\\\\S+)`))[1]);
  const answer = window.session.answer
    .replace(/a=ice-ufrag:\\S+/g, `a=ice-ufrag:${ufrag}`).replace(/a=ice-pwd:\\S+/g, `a=ice-pwd:${pwd}`);
  await peer.setRemoteDescription({type: 'answer', sdp: answer});
  return [window.session.etag, response.headers.get('ETag'), ufrag];
};
"""
