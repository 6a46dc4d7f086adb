// Steps in the form that BrushEdit receives, in pixels of the picture, and their application at the displayed size.
import { combine, drawShape, drawStroke, invert } from "./raster.js";

// Sixteenths of a pixel are precise enough, and short to send.
export const rounded = (value) => Math.round(value * 16) / 16;

// Whether a step is computed only by BrushEdit, at the picture's full size; the page fetches the result.
export const isDoneThere = (step) => ["grow", "shrink", "holes"].includes(step.k);

// Scales points to the displayed size. If the picture is displayed at full size, both scales are 1 and nothing changes.
export function scaled(points, each, scale) {
  const radius = (scale.x + scale.y) / 2;
  return points.map((value, i) => value / (i % each === 0 ? scale.x : i % each === 1 ? scale.y : radius));
}

// Applies a step. Outlines are looked up by their numbers.
export function apply(mask, step, scale, outlines) {
  switch (step.k) {
    case "stroke":
      drawStroke(mask, scaled(step.p, 3, scale), step.s, step.e);
      break;
    case "rect":
    case "ellipse":
    case "polygon":
      drawShape(mask, step.k, scaled(step.p, 2, scale), step.e);
      break;
    case "mask":
      combine(mask, outlines.get(step.id), step.e);
      break;
    case "invert":
      invert(mask);
      break;
    case "clear":
      mask.values.fill(0);
      break;
    case "all":
      mask.values.fill(255);
      break;
    default:
      throw new Error(`The page cannot apply a step of kind '${step.k}'.`);
  }
}

// The area that a step can change, at the displayed size: [left, top, right, bottom].
export function extent(mask, step, scale) {
  const each = step.k === "stroke" ? 3 : 2;
  if (!step.p) {
    return [0, 0, mask.width, mask.height];
  }
  const points = scaled(step.p, each, scale);
  let [left, top, right, bottom, reach] = [Infinity, Infinity, -Infinity, -Infinity, 1];
  for (let i = 0; i < points.length; i += each) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
    reach = each === 3 ? Math.max(reach, points[i + 2]) : reach;
  }
  const clip = (value, most) => Math.min(Math.max(Math.floor(value), 0), most);
  return [clip(left - reach, mask.width), clip(top - reach, mask.height), clip(right + reach + 1, mask.width), clip(bottom + reach + 1, mask.height)];
}
