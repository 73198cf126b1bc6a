/* Where focus goes: to the error summary after a refused form, to the marked part of what htmx swapped in. */
(function (d) {
  "use strict";
  function to(el) {
    if (!el) { return false; }
    el.focus({ preventScroll: false });
    return true;
  }
  d.addEventListener("DOMContentLoaded", function () {
    to(d.getElementById("errsum")) || to(d.querySelector("main [data-autofocus], [data-focus-first] input:not([type=hidden])"));
  });
  d.addEventListener("htmx:afterSettle", function (e) {
    var part = e.detail.elt;
    if (!part || !part.querySelector) { return; }
    to(part.id === "errsum" ? part : part.querySelector("#errsum")) ||
      to(part.matches("[data-autofocus]") ? part : part.querySelector("[data-autofocus]"));
  });
  d.addEventListener("htmx:beforeRequest", function (e) { e.detail.target.setAttribute("aria-busy", "true"); });
  d.addEventListener("htmx:afterRequest", function (e) { e.detail.target.removeAttribute("aria-busy"); });
  d.addEventListener("click", function (e) {
    var opener = e.target.closest("[data-dialog]");
    if (!opener) { return; }
    var dialog = d.getElementById(opener.dataset.dialog);
    dialog.addEventListener("close", function () { opener.focus(); }, { once: true });
    dialog.showModal();
  });
})(document);
