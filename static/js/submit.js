/* One press, one submit: a second one is dropped, and after 300 ms the button says what is going on. */
(function (d) {
  "use strict";
  function free(form) {
    delete form.dataset.sent;
    clearTimeout(form.crmTimer);
    form.querySelectorAll("button[data-was]").forEach(function (b) {
      b.disabled = false;
      b.replaceChildren.apply(b, b.crmNodes || []);
      b.removeAttribute("data-was");
    });
  }
  function mark(button) {
    if (!button || "was" in button.dataset) { return; }
    button.dataset.was = "1";
    button.crmNodes = Array.prototype.slice.call(button.childNodes);
    button.disabled = true;
    if (button.dataset.busy) { button.textContent = button.dataset.busy; }
  }
  d.addEventListener("submit", function (e) {
    var form = e.target;
    if (form.method !== "post" || "noGuard" in form.dataset || form.method === "dialog") { return; }
    if (form.dataset.sent) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    form.dataset.sent = "1";
    var button = e.submitter || form.querySelector("button[type=submit]");
    form.crmTimer = setTimeout(function () { if (form.dataset.sent) { mark(button); } }, 300);
  }, true);
  d.addEventListener("htmx:afterRequest", function (e) { if (e.detail.elt.tagName === "FORM") { free(e.detail.elt); } });
  window.addEventListener("pageshow", function () { d.querySelectorAll("form[data-sent]").forEach(free); });
})(document);
