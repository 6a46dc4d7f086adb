// Outlines what is clicked on, and finds what words name.
import { post } from "./server.js";

const $ = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(share * 100)} %`;

export class Outlining {
  #desk;
  #candidates = [];
  #chosen = 0;
  #takesAway = false;
  #asked = null;
  #found = [];

  constructor(desk) {
    this.#desk = desk;
    $("find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find($("words").value);
    });
    desk.view.layers.add((context, pixel) => this.#draw(context, pixel));
  }

  // Encodes the picture before the first click. Where that fails, the click will tell.
  prepare() {
    post("prepare", { picture: this.#desk.painting.number }).catch(() => {});
  }

  reset() {
    this.#asked?.abort();
    this.#found = [];
    $("found").replaceChildren();
    $("find-note").textContent = "";
    this.close();
  }

  // Asks for outlines, adds the best one, and offers the others.
  async pick({ point, box, takesAway }) {
    this.#asked?.abort();
    const asked = this.#asked = new AbortController();
    const { painting } = this.#desk;
    this.close();
    this.#desk.say("Outlining ...");
    const wanted = point ? { points: [clip(point[0], painting.width), clip(point[1], painting.height), 0] } : { box };
    try {
      const { candidates } = await post("outline", { picture: painting.number, ...wanted }, asked.signal);
      if (candidates.length === 0) {
        this.#desk.say("Nothing was outlined there: click on another part of the object, or drag a box around it.");
        return;
      }
      await this.#desk.do({ k: "mask", id: candidates[0].id, e: takesAway });
      [this.#candidates, this.#chosen, this.#takesAway] = [candidates, 0, takesAway];
      this.#offer();
      this.#desk.say(`${takesAway ? "Taken away" : "Added"}: ${percent(candidates[0].share)} of the picture.`);
    } catch (fault) {
      if (fault.name !== "AbortError") {
        this.#desk.fail(fault);
      }
    }
  }

  // Takes another outline instead.
  async choose(number) {
    if (this.#candidates[number] && number !== this.#chosen) {
      const candidates = this.#candidates;
      this.#chosen = number;
      await this.#desk.undo();
      await this.#desk.do({ k: "mask", id: candidates[number].id, e: this.#takesAway });
      this.#candidates = candidates;
      this.#offer();
    }
  }

  // The offer is for the step that was done last.
  close() {
    this.#candidates = [];
    $("chooser").hidden = true;
  }

  #offer() {
    const { painting } = this.#desk;
    this.step = painting.at;
    const label = document.createElement("span");
    label.textContent = "Outline";
    $("chooser").replaceChildren(label, ...this.#candidates.map((one, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${number + 1}: ${percent(one.share)}`;
      button.setAttribute("aria-pressed", number === this.#chosen);
      button.setAttribute("aria-label", `Outline ${number + 1}, ${percent(one.share)} of the picture`);
      button.addEventListener("click", () => this.choose(number));
      return button;
    }));
    $("chooser").hidden = this.#candidates.length < 2;
  }

  async #find(text) {
    const { painting } = this.#desk;
    $("find-note").classList.remove("bad");
    $("find-note").textContent = "Looking ...";
    $("find-button").disabled = true;
    try {
      const { found } = await post("find", { picture: painting.number, text });
      this.#found = found;
      $("find-note").textContent = found.length === 0 ? "Nothing was found. Try other words." : found.length === 1 ? "One was found." : `${found.length} were found.`;
    } catch (fault) {
      this.#found = [];
      $("find-note").classList.add("bad");
      $("find-note").textContent = fault.message;
    }
    $("find-button").disabled = false;
    this.#list();
  }

  #list() {
    $("found").replaceChildren(...this.#found.map((one, number) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${number + 1}: outline ${one.phrase} (${percent(one.score)})`;
      button.addEventListener("click", (event) => this.pick({ box: one.box, takesAway: event.shiftKey !== this.#desk.takesAway }));
      item.append(button);
      return item;
    }));
    this.#desk.view.draw();
  }

  #draw(context, pixel) {
    this.#found.forEach((one, number) => {
      const [x, y, w, h] = one.box;
      for (const [color, width] of [["#000", 4], ["#7fd4ff", 2]]) {
        context.strokeStyle = color;
        context.lineWidth = width * pixel;
        context.strokeRect(x, y, w, h);
      }
      context.font = `bold ${14 * pixel}px system-ui, sans-serif`;
      context.fillStyle = "#7fd4ff";
      context.fillRect(x, y - 18 * pixel, 20 * pixel, 18 * pixel);
      context.fillStyle = "#000";
      context.fillText(number + 1, x + 6 * pixel, y - 4 * pixel);
    });
  }
}

const clip = (value, most) => Math.min(Math.max(value, 0), most - 0.01);
