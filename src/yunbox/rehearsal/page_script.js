// The moment under the pointer, in all plots at once.
const figures = [...document.querySelectorAll("figure[data-plot]")].map((figure) => ({
  data: JSON.parse(figure.dataset.plot),
  plot: figure.querySelector(".plot"),
  cross: figure.querySelector(".cross"),
  outputs: [...figure.querySelectorAll("output")],
}));
function at(points, second) {
  let low = 0, high = points.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle][0] <= second) low = middle; else high = middle - 1;
  }
  return points.length && points[low][0] <= second ? points[low][1] : "";
}
function show(second) {
  for (const { data, cross, outputs } of figures) {
    const share = second === null ? -1 : second / data.length;
    cross.style.display = share < 0 || share > 1 ? "none" : "block";
    cross.style.left = `${100 * share}%`;
    outputs.forEach((output, index) => {
      output.textContent = second === null ? "" : at(data.series[index], second);
    });
  }
}
for (const { data, plot } of figures) {
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * data.length);
  });
  plot.addEventListener("pointerleave", () => show(null));
}
