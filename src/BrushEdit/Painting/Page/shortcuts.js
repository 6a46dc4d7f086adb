// Keys that work anywhere on the page except in its fields.

const tools = { b: "brush", e: "eraser", r: "rect", o: "ellipse", l: "lasso", c: "outline", h: "hand", x: "box" };

export function bindKeys({ desk, outlining, trying, pointer, setTool, setBrush, step, look, finish }) {
  const { view } = desk;

  const keys = {
    "[": () => setBrush(Math.min(desk.brush.size - 1, Math.round(desk.brush.size / 1.25)), desk.brush.softness),
    "]": () => setBrush(Math.max(desk.brush.size + 1, Math.round(desk.brush.size * 1.25)), desk.brush.softness),
    "{": () => setBrush(desk.brush.size, desk.brush.softness - 0.1),
    "}": () => setBrush(desk.brush.size, desk.brush.softness + 0.1),
    "+": () => view.zoomBy(1.4),
    "=": () => view.zoomBy(1.4),
    "-": () => view.zoomBy(1 / 1.4),
    "0": () => view.fit(),
    "9": () => view.zoomBy(1 / devicePixelRatio / view.zoom),
    "?": () => document.getElementById("keys").showModal(),
    i: () => step("invert"),
    a: () => step("all"),
    Delete: () => step("clear"),
    m: () => {
      document.getElementById("alone").click();
      look();
    },
    Escape: () => {
      pointer.cancel();
      outlining.close();
      if (trying.isShown) {
        trying.close();
      }
    },
    1: () => outlining.choose(0),
    2: () => outlining.choose(1),
    3: () => outlining.choose(2),
  };

  addEventListener("keydown", (event) => {
    const isField = event.target.closest("input:not([type=range], [type=checkbox], [type=color]), textarea, dialog");
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === "Enter") {
      event.preventDefault();
      finish();
    } else if (isField || event.altKey || pointer.isBusy) {
      if (key === "Escape" && pointer.isBusy) {
        pointer.cancel();
      }
    } else if (event.ctrlKey || event.metaKey) {
      if (key === "z" || key === "y") {
        event.preventDefault();
        if (key === "y" || event.shiftKey) {
          desk.redo();
        } else {
          desk.undo();
        }
      }
    } else if (tools[key]) {
      setTool(tools[key]);
    } else if (keys[key]) {
      event.preventDefault();
      keys[key]();
    }
  });
}
