/* Theme, density and single keys: act at once, then keep the choice in a cookie the server sets.
   Without this script each switch is a plain form. Kept alive: a choice made just before leaving the page is kept too. */
(function (d) {
  "use strict";
  var root = d.documentElement;
  function keep(form, name, value) {
    var body = new FormData(form);
    body.set(name, value);
    fetch(form.action, {
      method: "POST", body: body, credentials: "same-origin", keepalive: true, headers: { "HX-Request": "true" }
    });
  }
  d.addEventListener("submit", function (e) {
    var form = e.target, kind = form.dataset && form.dataset.preference;
    if (!kind || kind === "keys") { return; }
    e.preventDefault();
    var button = form.querySelector("button[name]"), value;
    if (kind === "theme") {
      value = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", value);
    } else {
      value = root.getAttribute("data-density") === "compact" ? "comfortable" : "compact";
      root.setAttribute("data-density", value);
      button.setAttribute("aria-pressed", String(value === "compact"));
    }
    keep(form, kind, value);
  });
  d.addEventListener("change", function (e) {
    var form = e.target.form;
    if (!form || form.dataset.preference !== "keys") { return; }
    var value = e.target.checked ? "on" : "off";
    root.setAttribute("data-keys", value);
    keep(form, "keys", value);
  });
})(document);
