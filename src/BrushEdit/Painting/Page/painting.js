// The mask of one picture: its values at the displayed size, its steps, undo and redo.
import { Outbox } from "./outbox.js";
import * as server from "./server.js";
import { apply, extent, isDoneThere } from "./steps.js";

// The most bytes that undo keeps here; older masks are fetched again.
const MostKept = 256 << 20;

export class Painting extends EventTarget {
  #outlines = new Map();
  #patches = [];
  #steps = [];
  #outbox;

  constructor(state, values) {
    super();
    this.number = state.picture;
    this.width = state.width;
    this.height = state.height;
    this.mask = { values, width: state.viewWidth, height: state.viewHeight };
    this.scale = { x: state.width / state.viewWidth, y: state.height / state.viewHeight };
    this.count = state.count;
    this.at = state.at;
    this.#steps.length = this.#patches.length = state.count;
    this.#outbox = new Outbox(state.picture, state.revision, (how) => this.#tell("sent", how));
  }

  get revision() {
    return this.#outbox.revision;
  }

  flush() {
    return this.#outbox.flush();
  }

  // Copies the values before a stroke that is drawn while the pointer moves.
  begin() {
    return this.mask.values.slice();
  }

  // Records a stroke that is already drawn.
  commit(step, before) {
    const box = extent(this.mask, step, this.scale);
    this.#add(step, cut({ ...this.mask, values: before }, box));
    this.#outbox.add(this.at - 1, step);
    this.#tell("history");
  }

  // Reverts an unfinished stroke.
  drop(before) {
    this.mask.values.set(before);
    this.#changed();
  }

  // Applies a step.
  async do(step) {
    if (step.k === "mask") {
      await this.outline(step.id);
    }
    const there = isDoneThere(step);
    const patch = there ? null : this.#draw(step);
    this.#add(step, patch);
    this.#outbox.add(this.at - 1, step);
    if (there) {
      await this.#fetch();
    }
    this.#tell("history");
  }

  async undo() {
    if (this.at > 0) {
      await this.#move(this.at - 1, () => this.#paste(this.#patches[this.at]));
    }
  }

  async redo() {
    if (this.at < this.count) {
      const step = this.#steps[this.at];
      await this.#move(this.at + 1, () => {
        const isKnown = step && !isDoneThere(step) && (step.k !== "mask" || this.#outlines.has(step.id));
        this.#patches[this.at - 1] = isKnown ? this.#draw(step) : null;
        return isKnown;
      });
    }
  }

  // The values of an outline, at the displayed size.
  async outline(id) {
    if (!this.#outlines.has(id)) {
      this.#outlines.set(id, await server.outlineMask(this.number, id));
    }
    return this.#outlines.get(id);
  }

  get share() {
    let sum = 0;
    for (const value of this.mask.values) {
      sum += value;
    }
    return sum / 255 / this.mask.values.length;
  }

  async #move(to, go) {
    this.at = to;
    this.#outbox.move(this.count, to);
    if (!go()) {
      await this.#fetch();
    }
    this.#tell("history");
  }

  #add(step, patch) {
    this.#steps.length = this.#patches.length = this.at;
    this.#steps.push(step);
    this.#patches.push(patch);
    this.count = ++this.at;
    this.#forget();
  }

  #draw(step) {
    const box = extent(this.mask, step, this.scale);
    const patch = cut(this.mask, box);
    apply(this.mask, step, this.scale, this.#outlines);
    this.#changed(box);
    return patch;
  }

  #paste(patch) {
    if (!patch) {
      return false;
    }
    const [left, top, right, bottom] = patch.box;
    for (let y = top, i = 0; y < bottom; y++, i += right - left) {
      this.mask.values.set(patch.values.subarray(i, i + right - left), y * this.mask.width + left);
    }
    this.#changed(patch.box);
    return true;
  }

  // Fetches the mask that BrushEdit has computed at the picture's full size.
  async #fetch() {
    this.#tell("busy", true);
    try {
      await this.flush();
      this.mask.values.set(await server.mask(this.number, this.at));
    } finally {
      this.#tell("busy", false);
    }
    this.#changed();
  }

  #forget() {
    let kept = 0;
    for (let i = this.#patches.length - 1; i >= 0; i--) {
      kept += this.#patches[i]?.values.length ?? 0;
      if (kept > MostKept) {
        this.#patches[i] = null;
      }
    }
  }

  #changed(box = [0, 0, this.mask.width, this.mask.height]) {
    this.#tell("drawn", box);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function cut(mask, box) {
  const [left, top, right, bottom] = box;
  const values = new Uint8Array(Math.max(0, (right - left) * (bottom - top)));
  for (let y = top, i = 0; y < bottom; y++, i += right - left) {
    values.set(mask.values.subarray(y * mask.width + left, y * mask.width + right), i);
  }
  return { box, values };
}
