// Sends a file to the server piece by piece; Streamlit's own upload would hold it whole in the server's memory.

export default function (component) {
  const { parentElement, data } = component;
  const host = parentElement.host ?? parentElement;
  host.upload ??= begin(parentElement);
  Object.assign(host.upload, { send: component.setTriggerValue, data });
  parentElement.querySelector("input").accept = data.accept;
  return () => setTimeout(() => { if (!host.isConnected) host.upload.request?.abort(); }, 0);
}

function begin(root) {
  const self = { send: null, data: null, request: null };
  const [form, input, button, bar, status] = ["form", "input", "button", "progress", ".status"].map((s) => root.querySelector(s));
  form.onsubmit = (event) => {
    event.preventDefault();
    const file = input.files[0];
    if (!file) return;
    if (file.size > self.data.most * 1e6) {
      status.textContent = `The file is larger than the ${self.data.most} MB allowed here; cut or compress it first.`;
      return;
    }
    const request = (self.request = new XMLHttpRequest());
    request.open("PUT", `files/${self.data.token}?name=${encodeURIComponent(file.name)}&date=${file.lastModified}`);
    request.responseType = "json";
    request.upload.onprogress = (e) => { bar.value = e.total ? e.loaded / e.total : 0; };
    request.onloadend = () => {
      button.disabled = false;
      bar.hidden = true;
      if (request.status === 200) {
        status.textContent = "Uploaded.";
        form.reset();
        self.send("uploaded", crypto.randomUUID());
      } else {
        status.textContent = request.response?.error ?? "The upload was broken off; try again.";
      }
    };
    button.disabled = true;
    bar.hidden = false;
    bar.value = 0;
    status.textContent = "Uploading…";
    request.send(file);
  };
  return self;
}
