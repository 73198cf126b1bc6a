/* Two minutes before the session ends there is a warning with "Stay signed in" (WCAG 2.2.1). When it is over, a
   dialog leads to the sign-in page in a new tab; afterwards the refused request is sent again. Nothing typed is lost. */
(function (d) {
  "use strict";
  var body = d.body, url = body.dataset.sessionUrl, idle = Number(body.dataset.idle);
  var ending = d.getElementById("session-ending"), over = d.getElementById("session-over");
  if (!url || !ending || !over) { return; }
  var WARN = 120, timer = 0, refused = null;
  function token() { return JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"]; }
  function open(dialog) { if (!dialog.open) { dialog.showModal(); } }
  function wait(seconds) { clearTimeout(timer); timer = setTimeout(look, Math.max(1, seconds) * 1000); }
  function ended() { clearTimeout(timer); if (ending.open) { ending.close(); } open(over); }
  function ask(method) {
    return fetch(url, { method: method, credentials: "same-origin", headers: { "HX-Request": "true", "X-CSRFToken": token() } })
      .then(function (answer) { if (answer.status === 401) { ended(); throw new Error("signed out"); } return answer.json(); })
      .then(function (state) { return state.seconds_left; });
  }
  /* another tab may have kept the session alive, so the server is asked before anybody is warned */
  function look() {
    ask("GET").then(function (left) {
      if (left > WARN + 5) { if (ending.open) { ending.close(); } wait(left - WARN); } else { open(ending); wait(left + 2); }
    }).catch(function () { if (!over.open) { wait(30); } });
  }
  d.querySelector("[data-session-stay]").addEventListener("click", function () {
    ask("POST").then(function (left) { ending.close(); wait(left - WARN); }).catch(function () { wait(5); });
  });
  function renew() {
    return fetch(location.pathname, { credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html"), headers = page.body.getAttribute("hx-headers");
      if (!headers || !page.body.dataset.sessionUrl) { return false; }
      body.setAttribute("hx-headers", headers);
      d.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(function (field) { field.value = token(); });
      return true;
    });
  }
  d.querySelector("[data-session-resume]").addEventListener("click", function () {
    renew().then(function (signedIn) {
      d.getElementById("session-still-out").hidden = signedIn;
      if (!signedIn) { return; }
      over.close();
      wait(idle - WARN);
      var again = refused;
      refused = null;
      if (again) { htmx.trigger(again, again.tagName === "FORM" ? "submit" : "click"); }
    });
  });
  d.addEventListener("htmx:responseError", function (e) { if (e.detail.xhr.status === 401) { refused = e.detail.elt; ended(); } });
  d.addEventListener("login-needed", ended);
  d.addEventListener("htmx:afterRequest", function (e) { if (e.detail.successful && !(e.detail.requestConfig.headers || {})["X-Poll"]) { wait(idle - WARN); } });
  wait(idle - WARN);
})(document);
