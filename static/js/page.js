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
    var table = e.target.closest("[data-rows]"), said = d.querySelector("[data-ticked]");
    if (!table || !said) { return; }
    var n = table.querySelectorAll("tbody input[type=checkbox]:checked").length, all = table.querySelector("[data-tick-all]");
    said.textContent = said.dataset.ticked.replace("0", n);
    if (all && e.target !== all) { all.checked = n > 0 && n === table.querySelectorAll("tbody input[type=checkbox]").length; all.indeterminate = n > 0 && !all.checked; }
  });
  d.addEventListener("change", function (e) {
    if (!e.target.matches("[data-tick-all]")) { return; }
    e.target.closest("[data-rows]").querySelectorAll("tbody input[type=checkbox]").forEach(function (box) {
      if (box.checked !== e.target.checked) { box.checked = e.target.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });
})(document);
