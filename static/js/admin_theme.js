/* The admin follows the theme chosen in the console: its own script reads this key when the page has loaded. */
(function () {
  "use strict";
  var chosen = /(?:^|; )theme=(auto|light|dark)/.exec(document.cookie);
  localStorage.setItem("theme", chosen ? chosen[1] : "auto");
})();
