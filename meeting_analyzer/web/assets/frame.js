export default function ({ parentElement, data }) {
  const frame = parentElement.querySelector("iframe");
  if (frame.getAttribute("src") !== data.src) frame.src = data.src;
  frame.title = data.title;
  frame.style = "width: 100%; height: 75vh; border: 1px solid #5b6b7a; border-radius: 0.5rem; background: #fff";
}
