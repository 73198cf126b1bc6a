/* What is done is said in #toasts. With Undo a toast stays; others leave after 8 s, not while pointed at or focused. */
(function (d) {
  "use strict";
  var box = d.getElementById("toasts"), pattern = d.getElementById("toast-template");
  if (!box) { return; }
  function attend(toast) {
    if (toast.dataset.attended) { return; }
    toast.dataset.attended = "1";
    if ("stay" in toast.dataset) { return; }
    var timer;
    function start() { timer = setTimeout(function () { toast.remove(); }, 8000); }
    function stop() { clearTimeout(timer); }
    ["mouseenter", "focusin"].forEach(function (name) { toast.addEventListener(name, stop); });
    ["mouseleave", "focusout"].forEach(function (name) { toast.addEventListener(name, start); });
    start();
  }
  function say(message) {
    var toast = pattern.content.firstElementChild.cloneNode(true), form = toast.querySelector("[data-undo]");
    toast.querySelector("[data-text]").textContent = message.text;
    if (message.undo) { form.action = message.undo; toast.dataset.stay = ""; } else { form.remove(); }
    box.appendChild(toast);
  }
  new MutationObserver(function () { box.querySelectorAll("[data-toast]").forEach(attend); }).observe(box, { childList: true });
  box.addEventListener("click", function (e) {
    var toast = e.target.closest("[data-dismiss]") && e.target.closest("[data-toast]");
    if (toast) { toast.remove(); }
  });
  d.addEventListener("toast", function (e) { say(e.detail.value || e.detail); });
  /* a live region speaks only of what is added to it, so toasts of a full page are put in once more */
  var waiting = Array.prototype.slice.call(box.children);
  if (waiting.length) { setTimeout(function () { waiting.forEach(function (t) { t.remove(); box.appendChild(t); }); }, 150); }
})(document);
