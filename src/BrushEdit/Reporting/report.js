"use strict";

// A range input lies over each pair of pictures, so that mouse, finger and keyboard work it alike.
for (const range of document.querySelectorAll(".compare input")) {
  const figure = range.closest(".compare");
  const show = () => {
    figure.style.setProperty("--cut", range.value + "%");
    range.setAttribute("aria-valuetext", `${range.value} percent before, ${100 - range.value} percent after`);
  };
  range.addEventListener("input", show);
  show();
}

// Paper has no folds.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
  }
});
