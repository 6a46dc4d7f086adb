// Displays the picture, its mask and what the tools draw over them, with zoom, pan and colours. Only changed parts of the mask are recoloured.
import { address, loadImage } from "./server.js";

const Most = 64;
const Margin = 16;
const DetailDelay = 200;

export class View extends EventTarget {
  #canvas;
  #context;
  #overlay = document.createElement("canvas");
  #image = null;
  #painting = null;
  #piece = null;
  #pieceTimer = 0;
  #frame = 0;
  #fitted = true;
  #zoom = 1;
  #left = 0;
  #top = 0;
  // Functions by which tools and panels draw over the picture, given a context that is scaled to the picture's pixels.
  layers = new Set();
  comparison = null;
  look = { color: [230, 0, 110], opacity: 0.5, alone: false };

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  get zoom() {
    return this.#zoom;
  }

  async show(painting) {
    this.#painting = null;
    this.#piece = this.comparison = null;
    this.#image = await loadImage(address("view", { picture: painting.number }));
    this.#painting = painting;
    this.#overlay.width = painting.mask.width;
    this.#overlay.height = painting.mask.height;
    painting.addEventListener("drawn", (event) => this.tint(event.detail));
    this.tint();
    this.fit();
  }

  clear() {
    this.#painting = this.#image = this.comparison = null;
    this.draw();
  }

  // Colours the mask or a part of it.
  tint(box = [0, 0, this.#painting.mask.width, this.#painting.mask.height]) {
    const [left, top, right, bottom] = box;
    const { values, width } = this.#painting.mask;
    if (left < right && top < bottom) {
      const [red, green, blue] = this.look.alone ? [255, 255, 255] : this.look.color;
      const pixels = new ImageData(right - left, bottom - top);
      for (let y = top, to = 0; y < bottom; y++) {
        for (let x = left, i = y * width + left; x < right; x++, i++, to += 4) {
          pixels.data[to] = red;
          pixels.data[to + 1] = green;
          pixels.data[to + 2] = blue;
          pixels.data[to + 3] = values[i];
        }
      }
      this.#overlay.getContext("2d").putImageData(pixels, left, top);
    }
    this.draw();
  }

  // Converts a position in the window to one in the picture, and back.
  toPicture(x, y) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: (x - box.left - this.#left) / this.#zoom, y: (y - box.top - this.#top) / this.#zoom };
  }

  toWindow(x, y) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: x * this.#zoom + this.#left + box.left, y: y * this.#zoom + this.#top + box.top };
  }

  fit() {
    if (this.#painting && this.#canvas.clientWidth > 0) {
      const { clientWidth: width, clientHeight: height } = this.#canvas;
      const most = Math.max(1, Math.min(8, 640 / Math.max(this.#painting.width, this.#painting.height)));
      this.#zoom = Math.min(most, Math.max(0.001, (width - 2 * Margin) / this.#painting.width), Math.max(0.001, (height - 2 * Margin) / this.#painting.height));
      this.#left = (width - this.#painting.width * this.#zoom) / 2;
      this.#top = (height - this.#painting.height * this.#zoom) / 2;
      this.#fitted = true;
      this.#moved();
    }
  }

  // Zooms around a position of the window; by default, around the centre.
  zoomBy(factor, x, y) {
    const box = this.#canvas.getBoundingClientRect();
    const [atX, atY] = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const least = Math.min(0.05, 64 / Math.max(this.#painting?.width ?? 1, this.#painting?.height ?? 1));
    const zoom = Math.min(Most, Math.max(least, this.#zoom * factor));
    this.#left = atX - (atX - this.#left) * zoom / this.#zoom;
    this.#top = atY - (atY - this.#top) * zoom / this.#zoom;
    this.#zoom = zoom;
    this.#fitted = false;
    this.#moved();
  }

  panBy(dx, dy) {
    this.#left += dx;
    this.#top += dy;
    this.#fitted = false;
    this.#moved();
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #moved() {
    // Some part of the picture stays visible.
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const keep = 40;
    this.#left = Math.min(width - keep, Math.max(keep - (this.#painting?.width ?? 0) * this.#zoom, this.#left));
    this.#top = Math.min(height - keep, Math.max(keep - (this.#painting?.height ?? 0) * this.#zoom, this.#top));
    clearTimeout(this.#pieceTimer);
    this.#pieceTimer = setTimeout(() => this.#fetchPiece(), DetailDelay);
    this.dispatchEvent(new Event("moved"));
    this.draw();
  }

  #resize() {
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.max(1, Math.round(this.#canvas.clientWidth * ratio));
    this.#canvas.height = Math.max(1, Math.round(this.#canvas.clientHeight * ratio));
    if (this.#fitted) {
      this.fit();
    }
    this.#paint();
  }

  #paint() {
    const context = this.#context;
    const ratio = devicePixelRatio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = getComputedStyle(this.#canvas).backgroundColor;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#painting) {
      return;
    }
    context.setTransform(this.#zoom * ratio, 0, 0, this.#zoom * ratio, this.#left * ratio, this.#top * ratio);
    const { width, height } = this.#painting;
    context.imageSmoothingEnabled = this.#zoom * ratio * this.#painting.scale.x < 3;
    context.imageSmoothingQuality = "high";
    this.#paintPicture(context, width, height);
    if (this.comparison) {
      this.#paintComparison(context, width, height);
      return;
    }
    context.globalAlpha = this.look.alone ? 1 : this.look.opacity;
    context.drawImage(this.#overlay, 0, 0, width, height);
    context.globalAlpha = 1;
    for (const layer of this.layers) {
      context.save();
      layer(context, 1 / this.#zoom);
      context.restore();
    }
  }

  #paintPicture(context, width, height) {
    if (this.look.alone && !this.comparison) {
      context.fillStyle = "#000";
      context.fillRect(0, 0, width, height);
      return;
    }
    context.drawImage(this.#image, 0, 0, width, height);
    if (this.#piece) {
      const { image, box } = this.#piece;
      context.drawImage(image, ...box);
    }
  }

  // The picture on the left of the cut, the trial fill on the right.
  #paintComparison(context, width, height) {
    const cut = width * this.comparison.cut;
    context.save();
    context.beginPath();
    context.rect(cut, 0, width - cut, height);
    context.clip();
    context.drawImage(this.comparison.image, 0, 0, width, height);
    context.restore();
    const line = 1 / this.#zoom;
    context.fillStyle = "#000";
    context.fillRect(cut - 2 * line, 0, 4 * line, height);
    context.fillStyle = "#fff";
    context.fillRect(cut - line, 0, 2 * line, height);
  }

  // A large picture is displayed scaled down; when it is zoomed in, the visible part is fetched in more detail.
  async #fetchPiece() {
    const painting = this.#painting;
    const ratio = devicePixelRatio;
    this.#piece = null;
    if (!painting || painting.scale.x <= 1 || this.#zoom * ratio * painting.scale.x < 1.3) {
      this.draw();
      return;
    }
    const from = this.toPicture(...Object.values(this.#corner(0, 0)));
    const to = this.toPicture(...Object.values(this.#corner(1, 1)));
    const [x, y] = [Math.max(0, Math.floor(from.x)), Math.max(0, Math.floor(from.y))];
    const [w, h] = [Math.min(painting.width, Math.ceil(to.x)) - x, Math.min(painting.height, Math.ceil(to.y)) - y];
    if (w > 0 && h > 0) {
      const across = Math.min(w, Math.ceil(w * this.#zoom * ratio));
      const image = await loadImage(address("piece", { picture: painting.number, x, y, w, h, across }));
      if (painting === this.#painting) {
        this.#piece = { image, box: [x, y, w, h] };
        this.draw();
      }
    }
  }

  #corner(across, down) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: box.left + across * box.width, y: box.top + down * box.height };
  }
}
