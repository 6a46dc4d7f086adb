// Communicates with the BrushEdit process that serves the page, and with nothing else.

// A tab keeps its name when it is reloaded.
const tab = sessionStorage.getItem("tab") ?? crypto.randomUUID();
sessionStorage.setItem("tab", tab);

export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answered(response) {
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Refusal(response.status, told.message ?? `BrushEdit answered with HTTP status ${response.status}.`);
  }
  return response;
}

async function bytes(path) {
  return new Uint8Array(await (await answered(await fetch(path))).arrayBuffer());
}

export const address = (route, values) => `${route}?${new URLSearchParams(values)}`;

export const state = async () => (await answered(await fetch(address("state", { tab })))).json();
export const models = async () => (await answered(await fetch("models"))).json();
export const mask = (picture, at) => bytes(address("mask", { picture, at }));
export const outlineMask = (picture, id) => bytes(address("outline", { picture, id }));

// Sends an object and returns the answer, or null.
export async function post(route, value, signal) {
  const response = await answered(await fetch(route, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...value, tab }),
    signal,
  }));
  return response.status === 204 ? null : response.json();
}

export function farewell() {
  navigator.sendBeacon("bye", new Blob([JSON.stringify({ tab })], { type: "application/json" }));
}

// Receives BrushEdit's events while the page is open.
export function listen(heard, connected) {
  const stream = new EventSource(address("events", { tab }));
  stream.onopen = () => connected(true);
  stream.onerror = () => connected(false);
  stream.onmessage = (message) => heard(JSON.parse(message.data));
  return stream;
}

export function loadImage(path) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("The picture cannot be loaded."));
    image.src = path;
  });
}
