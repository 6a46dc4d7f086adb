// Sends steps in order, one message at a time, and repeats each until it has arrived, so that a slow or broken connection loses nothing.
import { post, Refusal } from "./server.js";

const LongestPause = 8000;

export class Outbox {
  #picture;
  #revision;
  #waiting = null;
  #sending = null;
  #changed;

  // Calls `changed` with "saving", "saved", "offline" or a Refusal.
  constructor(picture, revision, changed) {
    this.#picture = picture;
    this.#revision = revision;
    this.#changed = changed;
  }

  get revision() {
    return this.#revision;
  }

  // Adds a step after the first `before` ones; later ones are dropped.
  add(before, step) {
    const waiting = this.#waiting;
    this.#waiting = waiting?.steps.length && before >= waiting.from
      ? { from: waiting.from, steps: [...waiting.steps.slice(0, before - waiting.from), step], at: before + 1 }
      : { from: before, steps: [step], at: before + 1 };
    this.#send();
  }

  // Undo and redo: only the number of applied steps changes.
  move(count, at) {
    this.#waiting = this.#waiting ? { ...this.#waiting, at } : { from: count, steps: [], at };
    this.#send();
  }

  // Waits until everything has arrived.
  async flush() {
    while (this.#sending || this.#waiting) {
      await (this.#sending ?? this.#send());
    }
  }

  #send() {
    this.#sending ??= this.#sendAll().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  async #sendAll() {
    while (this.#waiting) {
      const message = { ...this.#waiting, request: crypto.randomUUID(), revision: this.#revision, picture: this.#picture };
      this.#waiting = null;
      this.#changed("saving");
      if (!await this.#deliver(message)) {
        return;
      }
    }
    this.#changed("saved");
  }

  async #deliver(message) {
    for (let pause = 250; ; pause = Math.min(2 * pause, LongestPause)) {
      try {
        this.#revision = (await post("steps", message)).revision;
        return true;
      } catch (fault) {
        if (fault instanceof Refusal) {
          this.#waiting = null;
          this.#changed(fault);
          return false;
        }
        this.#changed("offline");
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
