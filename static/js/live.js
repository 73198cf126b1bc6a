/* Regions that fetch themselves anew: only while the page is seen, never while they hold the focus. */
(function (d) {
  "use strict";
  function tick() {
    if (d.visibilityState !== "visible") { return; }
    d.querySelectorAll("[data-poll]").forEach(function (el) {
      var now = Date.now(), every = Number(el.dataset.poll);
      if (!el.crmNext) { el.crmNext = now + every; }
      if (now < el.crmNext || el.contains(d.activeElement)) { return; }
      el.crmNext = now + every;
      htmx.trigger(el, "poll");
    });
  }
  setInterval(tick, 500);
})(document);
