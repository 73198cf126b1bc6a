/* Single keys. One listener on the document; nothing while typing, composing, or in a dialog; switched off by
   <html data-keys="off">. No key destroys anything, and everything works without keys. */
(function (d) {
  "use strict";
  var waiting = 0;
  function composing(e) { return e.isComposing || e.keyCode === 229; }
  function typing(el) {
    return el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit|reset)$/.test(el.type));
  }
  function visible(el) { return el.offsetParent !== null || el.getClientRects().length > 0; }
  function marked(key) {
    var all = Array.prototype.slice.call(d.querySelectorAll('[data-key="' + CSS.escape(key) + '"]'));
    return all.find(function (el) { return el.closest("main") && visible(el); }) || all[0];
  }
  function use(el) {
    if (!el) { return false; }
    if (typing(el)) { el.focus(); el.scrollIntoView({ block: "center" }); return true; }
    var hash = el.getAttribute("href") || "";
    if (hash.charAt(0) === "#" && d.querySelector(hash)) { d.querySelector(hash).focus(); return true; }
    el.click();
    return true;
  }
  function rows() { return Array.prototype.slice.call(d.querySelectorAll("[data-rows] tr[data-href]")); }
  function row() { return d.querySelector("[data-rows] tr.is-cur"); }
  function move(step) {
    var all = rows(), at = all.indexOf(row());
    if (!all.length) { return false; }
    var next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    all.forEach(function (r) { r.classList.toggle("is-cur", r === next); });
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function tick(box) {
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function tickCurrent() { /* A acts on what is ticked, on the current row where nothing is */
    var box = row().querySelector("input[type=checkbox]");
    if (box && !d.querySelector("[data-rows] tbody input[type=checkbox]:checked")) { tick(box); }
  }
  function go(letter) {
    var link = d.querySelector('[data-go="' + CSS.escape(letter) + '"]');
    if (link) { location.href = link.href; }
    return Boolean(link);
  }
  function act(e, key) {
    if (Date.now() - waiting < 1200) { waiting = 0; return go(key); }
    if (key === "g") { waiting = Date.now(); return true; }
    if (key === "/") { var find = d.getElementById("lookup"); if (find) { find.focus(); find.select(); } return Boolean(find); }
    if (key === "?") { return use(d.querySelector('[data-dialog="keys"]')); }
    if (key === "j") { return move(1); }
    if (key === "k") { return move(-1); }
    if (key === "enter" && row() && !e.target.closest("a, button, input, summary")) { location.href = row().dataset.href; return true; }
    if (key === "x" && row()) { var box = row().querySelector("input[type=checkbox]"); if (box) { tick(box); } return Boolean(box); }
    if (key === "a" && row()) { tickCurrent(); }
    return key.length === 1 && use(marked(key));
  }
  if (!row() && rows().length) { rows()[0].classList.add("is-cur"); }
  d.addEventListener("keydown", function (e) {
    if (composing(e) || e.defaultPrevented) { return; }
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") {
      var form = e.target.form || d.querySelector("form[data-draft]");
      if (form && !form.matches("[data-lookup]")) { e.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || d.querySelector("dialog[open]")) { return; }
    if (d.documentElement.getAttribute("data-keys") === "off") { return; }
    if (act(e, e.key.toLowerCase())) { e.preventDefault(); }
  });
  d.addEventListener("change", function (e) {
    var line = e.target.type === "checkbox" && e.target.closest("[data-rows] tr");
    if (line) { line.classList.toggle("is-sel", e.target.checked); }
  });
})(document);
