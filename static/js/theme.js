/* Before the first paint: "auto" becomes what the system prefers. Loaded without defer, so there is no flash. */
(function (root) {
  "use strict";
  if (root.getAttribute("data-bs-theme") === "auto") {
    root.setAttribute("data-bs-theme", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  }
})(document.documentElement);
