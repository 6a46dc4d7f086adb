// Runs fills from the page, shows how far they are, and compares them with the picture.
import { address, loadImage, post } from "./server.js";

const $ = (id) => document.getElementById(id);

export class Trying {
  #desk;
  #tries = new Map();
  #running = null;
  #shown = null;

  constructor(desk) {
    this.#desk = desk;
    $("try").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin();
    });
    $("stop").addEventListener("click", () => post("stop", { picture: desk.painting.number }).catch((fault) => desk.fail(fault)));
    $("cut").addEventListener("input", () => this.#cut());
    $("back").addEventListener("click", () => this.close());
    $("take").addEventListener("click", () => desk.finish(this.#shown));
  }

  get isShown() {
    return this.#shown !== null;
  }

  reset(state) {
    this.#tries = new Map(state.tries.map((one) => [one.id, one]));
    $("steps").value = state.steps;
    $("try-note").textContent = "";
    this.#run(null);
    this.close();
    this.#list();
  }

  // What BrushEdit tells of tries.
  hear(told) {
    switch (told.event) {
      case "trying":
        this.#run(told.id);
        $("bar").value = told.stage === "Denoising" ? told.step / told.steps : told.stage === "Decoding the fill" || told.stage === "Blending the fill in" ? 1 : 0;
        $("stage-text").textContent = told.stage === "Denoising" ? `Step ${told.step} of ${told.steps}` : told.stage;
        break;
      case "tried":
        this.#run(null);
        this.#tries.set(told.id, told);
        this.#list();
        this.show(told.id);
        this.#desk.say(`The trial fill with seed ${told.seed} is done.`);
        break;
      case "stopped":
        this.#run(null);
        this.#note("Stopped.");
        break;
      case "failed":
        this.#run(null);
        this.#note(told.message, true);
        break;
    }
  }

  async show(id) {
    const image = await loadImage(address("tried", { picture: this.#desk.painting.number, id }));
    this.#shown = id;
    this.#desk.view.comparison = { image, cut: $("cut").value / 100 };
    $("compare").hidden = false;
    this.#cut();
    this.#list();
  }

  close() {
    this.#shown = null;
    this.#desk.view.comparison = null;
    $("compare").hidden = true;
    this.#list();
    this.#desk.view.draw();
  }

  async #begin() {
    if (this.#running !== null) {
      return;
    }
    const { painting } = this.#desk;
    this.close();
    this.#note("");
    this.#run(0);
    $("stage-text").textContent = "Waiting for its turn";
    try {
      await painting.flush();
      const seed = $("seed").value.trim();
      await post("try", { picture: painting.number, revision: painting.revision, steps: Number($("steps").value), seed, ...this.#desk.words() });
    } catch (fault) {
      this.#run(null);
      this.#note(fault.message, true);
    }
  }

  #run(id) {
    this.#running = id;
    $("progress").hidden = id === null;
    $("try-button").disabled = id !== null || $("try-button").dataset.absent === "yes";
    $("stop").disabled = id === null;
    if (!id) {
      $("bar").value = 0;
    }
  }

  #note(text, isBad = false) {
    $("try-note").textContent = text;
    $("try-note").classList.toggle("bad", isBad);
  }

  #cut() {
    const { view } = this.#desk;
    $("cut").setAttribute("aria-valuetext", `${$("cut").value} percent before, ${100 - $("cut").value} percent after`);
    if (view.comparison) {
      view.comparison.cut = $("cut").value / 100;
      view.draw();
    }
  }

  #list() {
    $("tries").replaceChildren(...[...this.#tries.values()].map((one) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const image = new Image();
      const text = document.createElement("span");
      image.src = address("tried", { picture: this.#desk.painting.number, id: one.id });
      image.alt = "";
      text.textContent = `Seed ${one.seed}, ${one.steps} steps, ${one.seconds} s`;
      button.type = "button";
      button.title = one.caption;
      button.setAttribute("aria-pressed", one.id === this.#shown);
      button.append(image, text);
      button.addEventListener("click", () => this.show(one.id));
      item.append(button);
      return item;
    }));
  }
}
