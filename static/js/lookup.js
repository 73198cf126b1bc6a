/* The lookup as a combobox. htmx posts what was typed and swaps the list; this file moves through it.
   Nothing is searched while an input method composes, and the Enter that confirms a candidate opens nothing. */
(function (d) {
  "use strict";
  var input = d.getElementById("lookup"), pop = d.getElementById("lookup-pop");
  if (!input || !pop) { return; }
  var asked = null, wanted = null;
  function composing(e) { return e.isComposing || e.keyCode === 229; }
  function options() { return Array.prototype.slice.call(pop.querySelectorAll(".c-opt")); }
  function current() { return pop.querySelector('.c-opt[aria-selected="true"]'); }
  function say(text) { d.getElementById("announce").textContent = text; }
  function show(open) {
    pop.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (open && current()) { input.setAttribute("aria-activedescendant", current().id); } else { input.removeAttribute("aria-activedescendant"); }
  }
  function ask() {
    wanted = null;
    if (!input.value.trim()) { show(false); pop.textContent = ""; asked = null; return; }
    input.dispatchEvent(new CustomEvent("lookup", { bubbles: true }));
  }
  function select(step) {
    var all = options(), at = all.indexOf(current());
    if (!all.length) { return; }
    var next = all[(at + step + all.length) % all.length];
    all.forEach(function (o) { o.setAttribute("aria-selected", String(o === next)); });
    input.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }
  function go(option, where) {
    var url = option && (where ? option.dataset[where] : option.dataset.href);
    if (url) { location.href = url; }
    return Boolean(url);
  }
  function fresh() { return asked === input.value.trim() && !pop.hidden; }
  input.addEventListener("input", function (e) { if (!e.isComposing) { ask(); } });
  input.addEventListener("compositionend", ask);
  input.addEventListener("focus", function () { if (pop.childElementCount && asked === input.value.trim()) { show(true); } });
  input.addEventListener("keydown", function (e) {
    if (composing(e)) { return; }
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (pop.hidden) { pop.childElementCount ? show(true) : ask(); } else { select(e.key === "ArrowDown" ? 1 : -1); }
    } else if (e.key === "Enter") {
      if (fresh() && current()) { e.preventDefault(); go(current()); }
      else if (input.value.trim() && asked !== input.value.trim()) { e.preventDefault(); wanted = "href"; }
    } else if (e.altKey && (e.code === "KeyL" || e.code === "KeyC")) {
      if (go(current(), e.code === "KeyL" ? "log" : "complaint")) { e.preventDefault(); }
    } else if (e.key === "Escape" && !pop.hidden) { e.preventDefault(); e.stopPropagation(); show(false); }
    else if (e.key === "Tab") { show(false); }
  });
  d.addEventListener("htmx:configRequest", function (e) { if (e.detail.elt === input) { pop.dataset.for = input.value.trim(); } });
  d.addEventListener("htmx:afterSwap", function (e) {
    if (e.detail.target !== pop) { return; }
    asked = pop.dataset.for;
    show(d.activeElement === input);
    var found = pop.querySelector("[data-found]");
    if (found) { say(found.textContent); }
    if (wanted && asked === input.value.trim()) {
      wanted = null;
      if (options().length === 1) { go(current()); } /* several: nobody is opened before the list was seen */
    }
  });
  d.addEventListener("htmx:responseError", function (e) { if (e.detail.elt === input && wanted) { wanted = null; input.form.submit(); } });
  pop.addEventListener("click", function (e) { go(e.target.closest(".c-opt")); });
  d.addEventListener("click", function (e) { if (!e.target.closest("[data-lookup]")) { show(false); } });
})(document);
