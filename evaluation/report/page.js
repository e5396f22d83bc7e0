"use strict";

// Pixels stay sharp where a picture is enlarged, and are averaged where it is reduced.
function sharpen() {
  for (const image of document.images) {
    const width = image.closest("figure").clientWidth * devicePixelRatio;
    image.classList.toggle("reduced", width < image.naturalWidth);
  }
}

addEventListener("load", sharpen);
addEventListener("resize", sharpen);

// The timeline: one slider over the steps of all tracks.
function connect(controls) {
  const [slider, label, button] = ["#slider", "#now", "#play"].map((name) =>
    controls.querySelector(name),
  );
  const tracks = Array.from(document.querySelectorAll(".track"), (figure) => ({
    figure,
    at: figure.querySelector(".at"),
    images: [...figure.querySelectorAll("img")],
  }));
  const all = tracks.flatMap(({ images }) => images.map(stepOf));
  const steps = [...new Set(all)].sort((a, b) => a - b);
  let timer = null;

  function show() {
    const step = steps[slider.value];
    label.textContent = words(step);
    slider.setAttribute("aria-valuetext", words(step));
    for (const { figure, at, images } of tracks) {
      const newest = images.findLast((image) => stepOf(image) <= step);
      const shown = newest ?? images[0]; // invisible: keeps the place
      for (const image of images) image.hidden = image !== shown;
      figure.classList.toggle("early", newest === undefined);
      at.textContent = (newest ? "" : "from ") + words(stepOf(shown));
    }
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  }

  function advance() {
    slider.value = Number(slider.value) + 1;
    show();
    if (slider.value === slider.max) pause();
  }

  function play() {
    const slow = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (slider.value === slider.max) slider.value = 0;
    show();
    timer = setInterval(advance, slow ? 1500 : 300);
    button.textContent = "Pause";
  }

  slider.max = steps.length - 1;
  slider.value = slider.max;
  slider.addEventListener("input", show);
  button.addEventListener("click", () => (timer === null ? play() : pause()));
  controls.hidden = steps.length === 1;
  show();
}

function stepOf(image) {
  return Number(image.dataset.step);
}

function words(step) {
  return `step ${step.toLocaleString("en")}`;
}

const controls = document.querySelector(".controls");
if (controls) connect(controls);
