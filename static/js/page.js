/* Small conveniences of any page: print, copy a text, tick a whole list. */
(function (d) {
  "use strict";
  function say(text) { d.getElementById("announce").textContent = text; }
  d.addEventListener("click", function (e) {
    if (e.target.closest("[data-print]")) { window.print(); return; }
    var copy = e.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(d.querySelector(copy.dataset.copy).textContent.trim()).then(function () { say(copy.dataset.copied || ""); });
    }
  });
  d.addEventListener("change", function (e) {
    if (!e.target.matches("[data-tick-all]")) { return; }
    e.target.closest("[data-rows]").querySelectorAll("tbody input[type=checkbox]").forEach(function (box) {
      if (box.checked !== e.target.checked) { box.checked = e.target.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });
})(document);
