// Shares a window or screen with the server over WebRTC and shows the annotated picture that comes back.
// streamlit-webrtc's own page part only knows getUserMedia (cameras); its Python side answers this one as well.

const WORDS = {
  NotAllowedError: "Nothing is shared: the browser was not allowed to. Press the button again and choose a window.",
  NotFoundError: "There is nothing here that could be shared.",
  NotReadableError: "The system does not let the browser see the screen; allow it in the system's privacy settings.",
};

// Called by Streamlit when the component appears and whenever its data changes.
export default function (component) {
  const { parentElement, data } = component;
  const host = parentElement.host ?? parentElement;
  host.share ??= begin(parentElement);
  host.share.send = component.setStateValue;
  host.share.update(data ?? {});
  return () => setTimeout(() => { if (!host.isConnected) host.share.stop(); }, 0);
}

function begin(root) {
  const [start, stop, status, video] = [".start", ".stop", ".status", ".back"].map((name) => root.querySelector(name));
  let stream = null, peer = null, offer = null, settings = {};
  const self = { send: null, update, stop: end };

  start.onclick = open;
  stop.onclick = () => { end(); status.textContent = "Sharing has ended."; start.focus(); };

  async function open() {
    start.disabled = true;
    status.textContent = "Choose a window in the browser's dialog.";
    try {
      if (!navigator.mediaDevices?.getDisplayMedia) {
        throw new Error("This browser cannot share a window here: it needs a computer, and https or localhost.");
      }
      stream = await navigator.mediaDevices.getDisplayMedia({
        video: { width: { max: settings.width }, height: { max: settings.height }, frameRate: { max: settings.rate } },
        audio: false,
      });
      stream.getVideoTracks()[0].onended = () => { end(); status.textContent = "Sharing has ended."; };
      status.textContent = "Connecting…";
      await connect();
    } catch (error) {
      end();
      status.textContent = WORDS[error.name] ?? error.message;
    }
  }

  async function connect() {
    peer = new RTCPeerConnection({ iceServers: settings.ice ?? [] });
    const mine = peer;
    peer.addTransceiver(stream.getVideoTracks()[0], { direction: "sendrecv", streams: [stream] });
    peer.ontrack = (event) => {
      video.srcObject = new MediaStream([event.track]);
      video.hidden = false;
    };
    peer.onconnectionstatechange = () => {
      if (peer !== mine) return;
      if (mine.connectionState === "connected") status.textContent = "Sharing.";
      if (mine.connectionState === "failed") {
        end();
        status.textContent = "No connection for video could be made; a TURN server may be needed (docs/web.md).";
      }
    };
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    if (peer !== mine) return;
    offer = crypto.randomUUID();
    self.send("offer", { id: offer, sdp: mine.localDescription.sdp });
    stop.hidden = false;
    start.hidden = true;
  }

  function gathered(connection) {
    return new Promise((resolve) => {
      if (connection.iceGatheringState === "complete") return resolve();
      const done = () => connection.iceGatheringState === "complete" && resolve();
      connection.addEventListener("icegatheringstatechange", done);
      setTimeout(resolve, 4000); // a STUN server that does not answer must not hold everything up
    });
  }

  async function update(data) {
    settings = data.settings ?? settings;
    const answer = data.answer;
    if (!answer || !peer || answer.id !== offer || peer.signalingState !== "have-local-offer") return;
    if (answer.error) {
      end();
      status.textContent = answer.error;
      return;
    }
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch (error) {
      end();
      status.textContent = `The server's answer was not understood (${error.message}).`;
    }
  }

  function end() {
    const was = offer;
    stream?.getTracks().forEach((track) => track.stop());
    peer?.close();
    stream = peer = offer = null;
    video.srcObject = null;
    video.hidden = stop.hidden = true;
    start.hidden = start.disabled = false;
    if (was) self.send?.("offer", null);
  }

  return self;
}
