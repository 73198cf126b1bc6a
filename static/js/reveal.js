/* A revealed value is masked again after its time, at once on "Hide now", and before a page is put away. */
(function (d) {
  "use strict";
  function mask(shown) {
    var before = shown.querySelector("template").content.cloneNode(true), held = shown.contains(d.activeElement);
    var masked = before.firstElementChild;
    shown.replaceWith(before);
    if (window.htmx) { htmx.process(masked); }
    var opener = held && masked.querySelector("summary");
    if (opener) { opener.focus(); }
  }
  function attend(root) {
    root.querySelectorAll("[data-remask]").forEach(function (shown) {
      if (shown.dataset.attended) { return; }
      shown.dataset.attended = "1";
      setTimeout(function () { if (shown.isConnected) { mask(shown); } }, Number(shown.dataset.remask) * 1000);
    });
  }
  d.addEventListener("click", function (e) { var b = e.target.closest("[data-remask-now]"); if (b) { mask(b.closest("[data-remask]")); } });
  d.addEventListener("htmx:afterSettle", function () { attend(d); });
  window.addEventListener("pagehide", function () { d.querySelectorAll("[data-remask]").forEach(mask); });
  attend(d);
})(document);
