"use strict";

// A heading sorts by its column: the worst first, and the best first when it is pressed again. What has no value stays last.
const body = document.querySelector(".measures tbody");
for (const button of document.querySelectorAll(".measures thead button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th");
    const rising = heading.dataset.worst === "ascending";
    const turned = heading.getAttribute("aria-sort") === heading.dataset.worst;
    const ascending = rising !== turned;
    for (const other of heading.parentNode.children) {
      other.removeAttribute("aria-sort");
    }
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const at = heading.cellIndex;
    const key = row => row.cells[at].dataset.value;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === undefined || y === undefined) {
        return (x === undefined) - (y === undefined);
      }
      const order = heading.dataset.text ? x.localeCompare(y) : Math.sign(Number(x) - Number(y));
      return ascending ? order : -order;
    };
    body.append(...[...body.rows].sort(compare));
  });
}
