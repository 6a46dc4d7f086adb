// Draws steps on a mask. BrushEdit draws the same steps at the picture's full size (StrokeRaster.cs, ShapeRaster.cs) with the same arithmetic,
// operation by operation: a change here must be made there too. Masks are { values, width, height }, 255 = edit.

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

// Draws a stroke: a disk at its first point, and a capsule between any two neighbours. Points are a flat list of x, y, radius.
export function drawStroke(mask, points, softness, erases) {
  drawSegment(mask, points, 0, 0, softness, erases);
  for (let i = 3; i < points.length; i += 3) {
    drawSegment(mask, points, i - 3, i, softness, erases);
  }
}

// Draws one capsule, between the points that begin at two indices of the list.
export function drawSegment(mask, points, from, to, softness, erases) {
  const [ax, ay, ar, bx, by, br] = [points[from], points[from + 1], points[from + 2], points[to], points[to + 1], points[to + 2]];
  const reach = Math.max(ar, br);
  const left = clamp(Math.floor(Math.min(ax, bx) - reach), 0, mask.width);
  const right = clamp(Math.ceil(Math.max(ax, bx) + reach), 0, mask.width);
  const top = clamp(Math.floor(Math.min(ay, by) - reach), 0, mask.height);
  const bottom = clamp(Math.ceil(Math.max(ay, by) + reach), 0, mask.height);
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const done = erases ? 0 : 255;
  for (let y = top; y < bottom; y++) {
    const py = y + 0.5 - ay;
    for (let x = left, i = y * mask.width + left; x < right; x++, i++) {
      const old = mask.values[i];
      if (old === done) {
        continue;
      }
      const px = x + 0.5 - ax;
      let t = length > 0 ? (px * dx + py * dy) / length : 0;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      const ex = px - t * dx;
      const ey = py - t * dy;
      const away = ex * ex + ey * ey;
      const radius = ar + t * (br - ar);
      if (away <= radius * radius) {
        const value = brushValue(away, radius, softness);
        mask.values[i] = erases ? Math.min(old, 255 - value) : Math.max(old, value);
      }
    }
  }
}

function brushValue(away, radius, softness) {
  const inner = radius * (1 - softness);
  if (away <= inner * inner) {
    return 255;
  }
  let u = (radius - Math.sqrt(away)) / (radius - inner);
  u = u < 0 ? 0 : u;
  return Math.floor(u * u * (3 - 2 * u) * 255 + 0.5);
}

// Draws a rectangle, an ellipse or a polygon. Corners are a flat list of x, y.
export function drawShape(mask, kind, corners, erases) {
  const rows = corners.filter((_, i) => i % 2 === 1);
  const top = first(Math.min(...rows), mask.height);
  const bottom = first(Math.max(...rows), mask.height);
  for (let y = top; y < bottom; y++) {
    const edges = crossings(kind, corners, y + 0.5);
    for (let i = 0; i + 1 < edges.length; i += 2) {
      const from = first(edges[i], mask.width);
      const to = first(edges[i + 1], mask.width);
      if (from < to) {
        mask.values.fill(erases ? 0 : 255, y * mask.width + from, y * mask.width + to);
      }
    }
  }
}

// The first pixel whose centre is not before an edge.
const first = (edge, most) => clamp(Math.ceil(edge - 0.5), 0, most);

function crossings(kind, corners, y) {
  const [x1, y1, x2, y2] = corners;
  switch (kind) {
    case "rect":
      return [Math.min(x1, x2), Math.max(x1, x2)];
    case "ellipse":
      return ellipseCrossings(x1, y1, x2, y2, y);
    default:
      return polygonCrossings(corners, y);
  }
}

function ellipseCrossings(x1, y1, x2, y2, y) {
  const across = Math.abs(x2 - x1) / 2;
  const down = Math.abs(y2 - y1) / 2;
  const v = (y - (y1 + y2) / 2) / down;
  const rest = 1 - v * v;
  if (!(rest > 0)) {
    return [];
  }
  const half = across * Math.sqrt(rest);
  return [(x1 + x2) / 2 - half, (x1 + x2) / 2 + half];
}

function polygonCrossings(corners, y) {
  const edges = [];
  for (let i = 0; i < corners.length; i += 2) {
    const next = (i + 2) % corners.length;
    const [x1, y1, x2, y2] = [corners[i], corners[i + 1], corners[next], corners[next + 1]];
    if ((y1 <= y) !== (y2 <= y)) {
      edges.push(x1 + (y - y1) / (y2 - y1) * (x2 - x1));
    }
  }
  return edges.sort((a, b) => a - b);
}

export function combine(mask, other, erases) {
  for (let i = 0; i < other.length; i++) {
    mask.values[i] = erases ? Math.min(mask.values[i], 255 - other[i]) : Math.max(mask.values[i], other[i]);
  }
}

export function invert(mask) {
  for (let i = 0; i < mask.values.length; i++) {
    mask.values[i] = 255 - mask.values[i];
  }
}
