// The tools. Each receives pointer positions as { x, y, pressure, takesAway } in pixels of the picture.
import { drawSegment } from "./raster.js";
import { rounded, scaled } from "./steps.js";

const line = (context, pixel, dashed = false) => {
  for (const [color, width] of [["#000", 3], ["#fff", 1.5]]) {
    context.strokeStyle = color;
    context.lineWidth = width * pixel;
    context.setLineDash(dashed && color === "#fff" ? [6 * pixel, 4 * pixel] : []);
    context.stroke();
  }
};

// Brush and eraser. The stroke is drawn on the mask while the pointer moves.
export class Brush {
  #desk;
  #points = null;
  #before = null;
  #step = null;

  constructor(desk, erases) {
    this.#desk = desk;
    this.erases = erases;
  }

  down(place) {
    this.#before = this.#desk.painting.begin();
    this.#points = [];
    this.#step = { k: "stroke", p: this.#points, s: this.#desk.brush.softness, e: this.erases !== place.takesAway };
    this.#add(place);
  }

  move(place) {
    const radius = this.#radius(place);
    const [x, y, before] = this.#points.slice(-3);
    const moved = Math.hypot(place.x - x, place.y - y);

    // Closer points make no visible difference, and cost time at the picture's full size.
    if (moved > Math.max(0.5, radius / 20) || Math.abs(radius - before) > radius / 10) {
      this.#add(place);
    }
  }

  up() {
    this.#desk.painting.commit(this.#step, this.#before);
    this.#points = this.#before = null;
  }

  cancel() {
    if (this.#before) {
      this.#desk.painting.drop(this.#before);
      this.#points = this.#before = null;
    }
  }

  draw(context, pixel, place) {
    if (!place) {
      return;
    }
    const radius = this.#radius(place);
    for (const share of this.#desk.brush.softness > 0 ? [1, 1 - this.#desk.brush.softness] : [1]) {
      context.beginPath();
      context.arc(place.x, place.y, Math.max(radius * share, pixel), 0, 2 * Math.PI);
      line(context, pixel, share < 1);
    }
  }

  #radius(place) {
    return Math.max(0.5, this.#desk.brush.size / 2 * (0.2 + 0.8 * place.pressure));
  }

  #add(place) {
    const { painting } = this.#desk;
    this.#points.push(rounded(place.x), rounded(place.y), rounded(this.#radius(place)));
    const last = scaled(this.#points.slice(-6), 3, painting.scale);
    drawSegment(painting.mask, last, 0, last.length - 3, this.#step.s, this.#step.e);
    const reach = Math.max(last[2], last.at(-1)) + 2;
    const clip = (value, most) => Math.min(Math.max(Math.floor(value), 0), most);
    painting.dispatchEvent(new CustomEvent("drawn", { detail: [
      clip(Math.min(last[0], last.at(-3)) - reach, painting.mask.width), clip(Math.min(last[1], last.at(-2)) - reach, painting.mask.height),
      clip(Math.max(last[0], last.at(-3)) + reach, painting.mask.width), clip(Math.max(last[1], last.at(-2)) + reach, painting.mask.height),
    ] }));
  }
}

// Rectangle and ellipse, from corner to corner.
export class Shape {
  #desk;
  #kind;
  #from = null;
  #to = null;

  constructor(desk, kind) {
    this.#desk = desk;
    this.#kind = kind;
  }

  down(place) {
    this.#from = this.#to = place;
  }

  move(place) {
    this.#to = place;
  }

  up(place) {
    const [from, to] = [this.#from, place];
    this.cancel();
    if (Math.abs(to.x - from.x) >= 0.5 && Math.abs(to.y - from.y) >= 0.5) {
      this.#desk.do({ k: this.#kind, p: [from.x, from.y, to.x, to.y].map(rounded), e: this.#desk.takesAway !== from.takesAway });
    }
  }

  cancel() {
    this.#from = this.#to = null;
  }

  draw(context, pixel) {
    if (this.#from) {
      const [x, y, w, h] = [Math.min(this.#from.x, this.#to.x), Math.min(this.#from.y, this.#to.y), Math.abs(this.#to.x - this.#from.x), Math.abs(this.#to.y - this.#from.y)];
      context.beginPath();
      if (this.#kind === "rect") {
        context.rect(x, y, w, h);
      } else {
        context.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
      }
      line(context, pixel, true);
    }
  }
}

// Clicks set corners, and dragging draws freehand. A click on the first corner, Enter or a double-click closes the lasso.
export class Lasso {
  #desk;
  #corners = [];
  #here = null;
  #erases = false;

  constructor(desk) {
    this.#desk = desk;
  }

  down(place) {
    const near = 8 / this.#desk.view.zoom;
    if (this.#corners.length >= 3 && Math.hypot(place.x - this.#corners[0].x, place.y - this.#corners[0].y) < near) {
      this.close();
      return;
    }
    this.#erases = this.#corners.length === 0 ? this.#desk.takesAway !== place.takesAway : this.#erases;
    this.#corners.push(place);
    this.#here = place;
  }

  move(place) {
    this.#here = place;
    const last = this.#corners.at(-1);
    if (last && Math.hypot(place.x - last.x, place.y - last.y) > 3 / this.#desk.view.zoom) {
      this.#corners.push(place);
    }
  }

  up() {}

  hover(place) {
    this.#here = place;
  }

  close() {
    const corners = this.#corners;
    this.cancel();
    if (corners.length >= 3) {
      this.#desk.do({ k: "polygon", p: corners.flatMap((corner) => [rounded(corner.x), rounded(corner.y)]), e: this.#erases });
    }
  }

  cancel() {
    this.#corners = [];
  }

  draw(context, pixel) {
    if (this.#corners.length > 0) {
      context.beginPath();
      for (const corner of [...this.#corners, this.#here]) {
        context.lineTo(corner.x, corner.y);
      }
      line(context, pixel);
      context.beginPath();
      context.arc(this.#corners[0].x, this.#corners[0].y, 4 * pixel, 0, 2 * Math.PI);
      line(context, pixel);
    }
  }
}

// A click, or a dragged box, is passed to a callback.
export class Pick {
  #desk;
  #picked;
  #from = null;
  #to = null;

  constructor(desk, picked) {
    this.#desk = desk;
    this.#picked = picked;
  }

  down(place) {
    this.#from = this.#to = place;
  }

  move(place) {
    this.#to = place;
  }

  up(place) {
    const from = this.#from;
    this.cancel();
    const isBox = Math.hypot(place.x - from.x, place.y - from.y) * this.#desk.view.zoom > 6;
    const takesAway = this.#desk.takesAway !== from.takesAway;
    this.#picked(isBox
      ? { box: [Math.min(from.x, place.x), Math.min(from.y, place.y), Math.abs(place.x - from.x), Math.abs(place.y - from.y)].map(rounded), takesAway }
      : { point: [from.x, from.y], takesAway });
  }

  cancel() {
    this.#from = this.#to = null;
  }

  draw(context, pixel) {
    if (this.#from) {
      context.beginPath();
      context.rect(this.#from.x, this.#from.y, this.#to.x - this.#from.x, this.#to.y - this.#from.y);
      line(context, pixel, true);
    }
  }
}
