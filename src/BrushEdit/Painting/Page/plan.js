// The plan: the instruction, and the caption and box, which the user can change.
import { rounded } from "./steps.js";

const $ = (id) => document.getElementById(id);
const inputs = [...document.querySelectorAll("[data-box]")];

export class Plan {
  #desk;
  #hasPlan = false;

  constructor(desk) {
    this.#desk = desk;
    for (const input of inputs) {
      input.addEventListener("input", () => desk.view.draw());
    }
    $("box-mask").addEventListener("click", () => {
      const box = this.box;
      if (box) {
        desk.do({ k: "rect", p: [box[0], box[1], box[0] + box[2], box[1] + box[3]].map(rounded), e: desk.takesAway });
      }
    });
    desk.view.layers.add((context, pixel) => this.#draw(context, pixel));
  }

  reset(state) {
    this.#hasPlan = state.hasPlan;
    $("caption").value = state.caption ?? "";
    $("box").hidden = !state.hasPlan;
    this.#fill(state.box);
    const facts = [["Instruction", state.instruction], ["Kind of edit", state.kind], ["Target", state.target], ["Size", `${state.width} x ${state.height}`]];
    $("plan").replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = name;
      text.textContent = value;
      return [term, text];
    }));
  }

  // The box as four numbers, or null.
  get box() {
    const box = inputs.map((input) => input.valueAsNumber);
    return this.#hasPlan && box.every(Number.isFinite) && box[2] > 0 && box[3] > 0 ? box : null;
  }

  get caption() {
    return $("caption").value;
  }

  place({ box }) {
    if (box) {
      this.#fill(box.map(Math.round));
      this.#desk.view.draw();
    }
  }

  #fill(box) {
    inputs.forEach((input, i) => { input.value = box ? Math.round(box[i] * 100) / 100 : ""; });
  }

  #draw(context, pixel) {
    const box = this.box;
    if (box) {
      for (const [color, width, dash] of [["#000", 3, []], ["#ffd54a", 1.5, [6, 4]]]) {
        context.strokeStyle = color;
        context.lineWidth = width * pixel;
        context.setLineDash(dash.map((length) => length * pixel));
        context.strokeRect(...box);
      }
    }
  }
}
