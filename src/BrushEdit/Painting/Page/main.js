// Brings the parts of the page together, and the page to what BrushEdit has for it.
import { Outlining } from "./outlining.js";
import { Painting } from "./painting.js";
import { Plan } from "./plan.js";
import { Pointer } from "./pointer.js";
import * as server from "./server.js";
import { bindKeys } from "./shortcuts.js";
import { Brush, Lasso, Pick, Shape } from "./tools.js";
import { Trying } from "./trying.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
const stage = $("stage");
const LostTime = 4000;

// What the parts share. Steps are done one after another, whoever asks for them.
export const desk = {
  view: new View(stage),
  painting: null,
  tool: null,
  toolName: "",
  brush: { size: 40, softness: 0 },
  isReady: false,
  get isHand() { return this.toolName === "hand" || trying.isShown; },
  get takesAway() { return $("takes-away").checked; },
  do(step) { return this.queue((painting) => painting.do(step)); },
  undo() { return this.queue((painting) => painting.undo()); },
  redo() { return this.queue((painting) => painting.redo()); },
  queue(work) {
    const { painting } = this;
    const run = async () => {
      if (painting && painting === this.painting) {
        await work(painting);
      }
    };
    queued = queued.then(run).catch((fault) => this.fail(fault));
    return queued;
  },
  words() { return { caption: plan.caption, box: plan.box }; },
  say(text) {
    $("status").textContent = text;
    $("status").classList.remove("bad");
  },
  fail(fault) {
    $("status").textContent = fault.message;
    $("status").classList.add("bad");
    if (fault instanceof server.Refusal && (fault.status === 409 || fault.status === 410)) {
      load();
    }
  },
  finish: (id) => finish(id),
};

let queued = Promise.resolve();
let isOver = false;
const outlining = new Outlining(desk);
const trying = new Trying(desk);
const plan = new Plan(desk);
const pointer = new Pointer(stage, desk);
const tools = {
  brush: new Brush(desk, false),
  eraser: new Brush(desk, true),
  rect: new Shape(desk, "rect"),
  ellipse: new Shape(desk, "ellipse"),
  lasso: new Lasso(desk),
  outline: new Pick(desk, (picked) => outlining.pick(picked)),
  box: new Pick(desk, (picked) => plan.place(picked)),
  hand: null,
};

// --- The picture ---

async function load() {
  const state = await server.state();
  if (state.elsewhere) {
    veil("This picture is painted in another tab.", "Paint here", async () => {
      await server.post("claim", {});
      await load();
    });
    return;
  }
  if (!state.picture) {
    wait();
    return;
  }
  veil(`Loading ${state.name} ...`);
  const painting = new Painting(state, await server.mask(state.picture, state.at));
  await desk.view.show(painting);
  desk.painting = painting;
  painting.addEventListener("history", showHistory);
  painting.addEventListener("busy", (event) => {
    desk.isReady = !event.detail;
    document.body.setAttribute("aria-busy", event.detail);
  });
  painting.addEventListener("sent", (event) => showSent(event.detail));
  $("name").textContent = state.name;
  $("instruction").textContent = state.instruction ?? "";
  document.title = `${state.name} - paint the mask`;
  outlining.reset();
  trying.reset(state);
  plan.reset(state);
  setBrush(Math.max(4, Math.round(Math.max(state.width, state.height) / 16)), desk.brush.softness);
  desk.isReady = true;
  setEnabled(true);
  showHistory();
  unveil();
  desk.view.fit();
  if (desk.toolName === "outline") {
    outlining.prepare();
  }
}

function wait() {
  desk.painting = null;
  desk.isReady = false;
  desk.view.clear();
  setEnabled(false);
  veil("Waiting for the next picture ...");
}

function over(text) {
  isOver = true;
  desk.isReady = false;
  events.close();
  setEnabled(false);
  veil(text);
}

async function finish(id = null) {
  await desk.queue(async (painting) => {
    await painting.flush();
    await server.post("done", { picture: painting.number, revision: painting.revision, try: id, ...desk.words() });
    wait();
  });
}

async function cancel() {
  await desk.queue(async (painting) => {
    await server.post("cancel", { picture: painting.number });
    wait();
  });
}

// --- What is shown ---

function veil(text, action, act) {
  $("veil-text").textContent = text;
  $("veil-button").hidden = !action;
  $("veil-button").textContent = action ?? "";
  $("veil-button").onclick = act ? () => act().catch((fault) => desk.fail(fault)) : null;
  $("veil").hidden = false;
}

function unveil() {
  $("veil").hidden = true;
}

function setEnabled(isEnabled) {
  for (const button of document.querySelectorAll("#done, #cancel, [data-step]")) {
    button.disabled = !isEnabled;
  }
}

function showHistory() {
  const { painting } = desk;
  $("undo").disabled = painting.at === 0;
  $("redo").disabled = painting.at === painting.count;
  if (painting.at !== outlining.step) {
    outlining.close();
  }
  desk.say(`${(painting.share * 100).toFixed(1)} % is edited.`);
}

function showSent(how) {
  if (how instanceof Error) {
    desk.fail(how);
  } else if (how === "offline") {
    $("status").textContent = "The connection is broken; your painting is kept and sent later.";
    $("status").classList.add("bad");
  } else if (how === "saved" && $("status").classList.contains("bad")) {
    desk.say("Everything is sent.");
  }
}

async function showModels() {
  const absent = await server.models();
  $("find-button").disabled = absent.find !== null;
  $("find-note").textContent = absent.find ?? "";
  $("try-button").dataset.absent = absent.fill === null ? "no" : "yes";
  $("try-button").disabled = absent.fill !== null;
  $("try-note").textContent = absent.fill ?? "";
  const outline = document.querySelector("[data-tool=outline]");
  outline.disabled = absent.outline !== null;
  outline.title = absent.outline ?? outline.title;
}

// --- Controls ---

export function setTool(name) {
  if (document.querySelector(`[data-tool=${name}]`).disabled) {
    return;
  }
  if (desk.tool) {
    pointer.cancel();
  }
  [desk.toolName, desk.tool] = [name, tools[name] ?? tools.brush];
  for (const button of document.querySelectorAll("#tools [data-tool]")) {
    button.setAttribute("aria-checked", button.dataset.tool === name);
    button.tabIndex = button.dataset.tool === name || (name === "box" && button.dataset.tool === "brush") ? 0 : -1;
  }
  document.querySelector("[data-tool=box]").setAttribute("aria-pressed", name === "box");
  stage.classList.toggle("hand", name === "hand");
  if (name === "outline" && desk.painting) {
    outlining.prepare();
  }
  desk.view.draw();
}

// The slider goes by doublings: as fine at one pixel as at a thousand.
const sliderOf = (size) => Math.log2(size) / Math.log2(2000) * 100;
const sizeOf = (slider) => Math.max(1, Math.round(2000 ** (slider / 100)));

export function setBrush(size, softness) {
  desk.brush = { size: Math.min(2000, Math.max(1, size)), softness: Math.min(1, Math.max(0, softness)) };
  $("size").value = sliderOf(desk.brush.size);
  $("size").setAttribute("aria-valuetext", `${desk.brush.size} pixels`);
  $("size-text").textContent = `${desk.brush.size} px`;
  $("softness").value = desk.brush.softness * 100;
  $("softness-text").textContent = `${Math.round(desk.brush.softness * 100)} %`;
  desk.view.draw();
}

function look() {
  const color = $("color").value;
  desk.view.look = {
    color: [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)),
    opacity: $("opacity").value / 100,
    alone: $("alone").checked,
  };
  if (desk.painting) {
    desk.view.tint();
  }
}

function step(kind) {
  const by = Math.min(100000, Math.max(1, Math.round($("by").valueAsNumber || 1)));
  desk.do(kind === "grow" || kind === "shrink" ? { k: kind, n: by } : { k: kind });
}

for (const button of document.querySelectorAll("[data-tool]")) {
  button.addEventListener("click", () => setTool(button.dataset.tool));
}
$("tools").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by) {
    event.preventDefault();
    const all = [...document.querySelectorAll("#tools [data-tool]:not(:disabled)")];
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    setTool(next.dataset.tool);
    next.focus();
  }
});
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => step(button.dataset.step));
}
$("undo").addEventListener("click", () => desk.undo());
$("redo").addEventListener("click", () => desk.redo());
$("zoom-in").addEventListener("click", () => desk.view.zoomBy(1.4));
$("zoom-out").addEventListener("click", () => desk.view.zoomBy(1 / 1.4));
$("zoom-fit").addEventListener("click", () => desk.view.fit());
$("help").addEventListener("click", () => $("keys").showModal());
$("done").addEventListener("click", () => finish());
$("cancel").addEventListener("click", () => cancel());
$("size").addEventListener("input", () => setBrush(sizeOf($("size").valueAsNumber), desk.brush.softness));
$("softness").addEventListener("input", () => setBrush(desk.brush.size, $("softness").value / 100));
for (const id of ["color", "opacity", "alone"]) {
  $(id).addEventListener("input", look);
}
desk.view.addEventListener("moved", () => { $("zoom").textContent = `${Math.round(desk.view.zoom * 100)} %`; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => desk.view.draw());
bindKeys({ desk, outlining, trying, pointer, setTool, setBrush, step, look, finish });

// --- BrushEdit ---

const events = server.listen(
  (told) => {
    switch (told.event) {
      case "picture":
      case "alone":
        load().catch((fault) => desk.fail(fault));
        break;
      case "elsewhere":
        desk.isReady = false;
        load().catch((fault) => desk.fail(fault));
        break;
      case "waiting":
        if (desk.painting) {
          wait();
        }
        break;
      case "finished":
        over("All done. BrushEdit continues in the terminal; you can close this tab.");
        break;
      default:
        trying.hear(told);
    }
  },
  (isConnected) => connected(isConnected));

// The first stream that opens, and any that opens after a break.
let lost = 0;
function connected(isConnected) {
  clearTimeout(lost);
  lost = 0;
  if (!isConnected && !isOver) {
    desk.say("The connection is broken ...");
    lost = setTimeout(() => veil("BrushEdit does not answer: the command has ended, or the connection is broken. The page continues when it is back."), LostTime);
  } else if (!desk.painting) {
    load().catch((fault) => desk.fail(fault));
  } else {
    unveil();
  }
}

addEventListener("pagehide", () => {
  if (!isOver) {
    server.farewell();
  }
});
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

setTool("brush");
setEnabled(false);
showModels().catch((fault) => desk.fail(fault));
