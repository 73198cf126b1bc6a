/* Native <details> menus: one open at a time, Esc and a click outside close, focus returns to the opener. */
(function (d) {
  "use strict";
  function close(menu, focus) {
    menu.open = false;
    if (focus) { menu.querySelector("summary").focus(); }
  }
  d.addEventListener("toggle", function (e) {
    var menu = e.target;
    if (!menu.matches || !menu.matches("details.c-menu") || !menu.open) { return; }
    d.querySelectorAll("details.c-menu[open]").forEach(function (other) {
      if (other !== menu && !other.contains(menu)) { other.open = false; }
    });
    var panel = menu.querySelector("summary + *");
    menu.classList.remove("c-menu--flip");
    if (panel && panel.getBoundingClientRect().right > d.documentElement.clientWidth) { menu.classList.add("c-menu--flip"); }
    var first = menu.classList.contains("c-menu--reveal") && menu.querySelector("input[type=radio]");
    if (first) { first.focus(); }
  }, true);
  d.addEventListener("click", function (e) {
    var closer = e.target.closest("[data-menu-close]");
    if (closer) { close(closer.closest("details.c-menu"), true); return; }
    d.querySelectorAll("details.c-menu[open]").forEach(function (menu) {
      if (!menu.contains(e.target)) { close(menu, false); }
    });
  });
  d.addEventListener("keydown", function (e) {
    if (e.key !== "Escape" || e.isComposing || e.keyCode === 229) { return; }
    var open = d.querySelectorAll("details.c-menu[open]");
    if (open.length) { e.preventDefault(); close(open[open.length - 1], true); }
  });
})(document);
