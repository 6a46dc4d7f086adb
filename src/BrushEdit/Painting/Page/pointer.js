// Mouse, pen, touch, wheel and keyboard input on the picture. One finger, a pen or the left button uses the tool; two fingers, the middle button
// or the space bar moves the picture. The arrow keys move a separate cursor, with Space or Enter as its button.

const Slow = 1;
const Fast = 10;

export class Pointer {
  #canvas;
  #desk;
  #pointers = new Map();
  #isDrawing = false;
  #isPanning = false;
  #spaceHeld = false;
  #place = null;

  constructor(canvas, desk) {
    this.#canvas = canvas;
    this.#desk = desk;
    const on = (name, handle, options) => canvas.addEventListener(name, handle, options);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#lost(event));
    on("pointerleave", () => { if (!this.#isDrawing) { this.#show(null); } });
    on("dblclick", () => desk.tool.close?.());
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("keydown", (event) => this.#key(event));
    on("keyup", (event) => { if (event.key === " ") { this.#spaceHeld = false; } });
    on("contextmenu", (event) => event.preventDefault());
    on("blur", () => { this.#spaceHeld = false; this.#show(null); });
    desk.view.layers.add((context, pixel) => this.#draw(context, pixel));
  }

  get isBusy() {
    return this.#isDrawing;
  }

  // Cancels the tool's current action.
  cancel() {
    this.#isDrawing = false;
    this.#desk.tool.cancel();
    this.#desk.view.draw();
  }

  #at(event) {
    const { x, y } = this.#desk.view.toPicture(event.clientX, event.clientY);
    return { x, y, pressure: event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1, takesAway: event.shiftKey || (event.buttons & 32) !== 0 };
  }

  #down(event) {
    this.#canvas.focus({ preventScroll: true });
    this.#pointers.set(event.pointerId, event);
    this.#canvas.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 2) {
      this.cancel();
      this.#isPanning = true;
    } else if (event.button === 1 || this.#spaceHeld || this.#desk.isHand) {
      this.#isPanning = true;
    } else if ((event.button === 0 || event.button === 5) && this.#desk.isReady && !this.#isDrawing) {
      this.#isDrawing = true;
      this.#show(this.#at(event));
      this.#desk.tool.down(this.#place);
    }
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (before) {
      this.#pointers.set(event.pointerId, event);
    }
    if (this.#isPanning && before) {
      this.#pan(before, event);
    } else if (this.#isDrawing && before) {
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length > 0 ? all : [event]) {
        this.#desk.tool.move(this.#at(one));
      }
      this.#show(this.#at(event));
    } else {
      this.#show(this.#at(event));
      this.#desk.tool?.hover?.(this.#place);
    }
  }

  // With two fingers, their midpoint pans and their distance zooms.
  #pan(before, now) {
    const other = [...this.#pointers.values()].find((one) => one.pointerId !== now.pointerId);
    const share = other ? 2 : 1;
    this.#desk.view.panBy((now.clientX - before.clientX) / share, (now.clientY - before.clientY) / share);
    if (other) {
      const distance = (one) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
      this.#desk.view.zoomBy(distance(now) / distance(before), (now.clientX + other.clientX) / 2, (now.clientY + other.clientY) / 2);
    }
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#isDrawing) {
      this.#isDrawing = false;
      this.#desk.tool.up(this.#at(event));
      this.#desk.view.draw();
    }
    this.#isPanning &&= this.#pointers.size > 0;
  }

  #lost(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#isDrawing) {
      this.cancel();
    }
    this.#isPanning = false;
  }

  // A mouse wheel zooms; on a trackpad, two fingers pan and a pinch zooms.
  #wheel(event) {
    event.preventDefault();
    const { view } = this.#desk;
    const isTrackpad = event.deltaMode === 0 && (event.deltaX !== 0 || !Number.isInteger(event.deltaY) || Math.abs(event.deltaY) < 50);
    if (event.ctrlKey || event.metaKey || !isTrackpad) {
      const lines = event.deltaMode === 1 ? 33 : 1;
      view.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey && isTrackpad ? 0.01 : 0.002)), event.clientX, event.clientY);
    } else {
      view.panBy(-event.deltaX, -event.deltaY);
    }
  }

  #key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (arrows[event.key]) {
      event.preventDefault();
      this.#step(arrows[event.key], event.shiftKey ? Fast : Slow);
    } else if (event.key === " " && this.#isPointed()) {
      event.preventDefault();
      this.#spaceHeld = true;
    } else if ((event.key === " " || event.key === "Enter") && !event.repeat) {
      event.preventDefault();
      this.#press(event);
    }
  }

  // Whether a mouse, pen or finger is on the picture: the space bar then moves the picture.
  #isPointed() {
    return this.#place !== null && !this.#place.byKeys;
  }

  #step([dx, dy], speed) {
    const { view, painting } = this.#desk;
    if (this.#desk.isHand || !painting) {
      view.panBy(-dx * speed * 20, -dy * speed * 20);
      return;
    }
    const far = speed * 4 / view.zoom;
    const from = this.#place ?? { x: painting.width / 2, y: painting.height / 2 };
    const clip = (value, most) => Math.min(Math.max(value, 0), most);
    this.#show({ x: clip(from.x + dx * far, painting.width), y: clip(from.y + dy * far, painting.height), pressure: 1, takesAway: false, byKeys: true });
    if (this.#isDrawing) {
      this.#desk.tool.move(this.#place);
    } else {
      this.#desk.tool.hover?.(this.#place);
    }
    this.#desk.say(`${Math.round(this.#place.x)}, ${Math.round(this.#place.y)}`);
  }

  // Presses the tool, or releases it if it is pressed.
  #press(event) {
    if (event.key === "Enter" && this.#desk.tool.close) {
      this.#desk.tool.close();
      this.#desk.view.draw();
    } else if (this.#isDrawing) {
      this.#isDrawing = false;
      this.#desk.tool.up(this.#place);
      this.#desk.say("Tool released.");
    } else if (this.#place && this.#desk.isReady && !this.#desk.isHand) {
      this.#isDrawing = true;
      this.#place.takesAway = event.shiftKey;
      this.#desk.tool.down(this.#place);
      this.#desk.say("Tool pressed. Move it with the arrow keys; press Space again to release it.");
    }
    this.#desk.view.draw();
  }

  #show(place) {
    this.#place = place;
    this.#desk.view.draw();
  }

  #draw(context, pixel) {
    if (!this.#desk.isHand && this.#desk.tool) {
      if (this.#place?.byKeys) {
        cross(context, this.#place, pixel);
      }
      this.#desk.tool.draw(context, pixel, this.#place);
    }
  }
}

function cross(context, { x, y }, pixel) {
  for (const [color, width] of [["#000", 3], ["#fff", 1]]) {
    context.strokeStyle = color;
    context.lineWidth = width * pixel;
    context.beginPath();
    context.moveTo(x - 8 * pixel, y);
    context.lineTo(x + 8 * pixel, y);
    context.moveTo(x, y - 8 * pixel);
    context.lineTo(x, y + 8 * pixel);
    context.stroke();
  }
}
