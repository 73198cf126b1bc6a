/* Long forms are kept on the server 2 s after the last key and on leaving a field. Never sent: files, passwords,
   tokens. A save that fails is tried again with the next change and after 15 s. */
(function (d) {
  "use strict";
  var NEVER = /^(csrfmiddlewaretoken|form_token|version)$/;
  function token() { return JSON.parse(d.body.getAttribute("hx-headers"))["X-CSRFToken"]; }
  function content(form) {
    var fields = {};
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || NEVER.test(el.name) || /^(file|password|submit|button)$/.test(el.type)) { return; }
      if (/^(checkbox|radio)$/.test(el.type) && !el.checked) { return; }
      var values = el.multiple ? Array.prototype.map.call(el.selectedOptions, function (o) { return o.value; }) : [el.value];
      fields[el.name] = (fields[el.name] || []).concat(values);
    });
    return JSON.stringify({ fields: fields });
  }
  function watch(form) {
    var status = form.querySelector("[data-draft-status]"), last = content(form), timer = 0, busy = false;
    function say(kind, time) {
      if (!status) { return; }
      status.dataset.state = kind;
      status.querySelector("[data-draft-text]").textContent = status.dataset[kind] + (time ? " " + time : "");
    }
    function later(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }
    function failed() { say("failed"); later(15000); }
    function save() {
      clearTimeout(timer);
      var now = content(form);
      if (busy || now === last || form.dataset.sent) { return; }
      busy = true;
      fetch(form.dataset.draft, { method: "PUT", body: now, credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRFToken": token(), "HX-Request": "true" } })
        .then(function (answer) {
          if (answer.status === 401) { d.dispatchEvent(new CustomEvent("login-needed")); }
          if (!answer.ok) { throw new Error(answer.status); }
          return answer.json();
        })
        .then(function (kept) { last = now; say("saved", kept.saved_at); })
        .catch(failed)
        .finally(function () { busy = false; if (content(form) !== now) { later(2000); } });
    }
    form.addEventListener("input", function () { later(2000); });
    form.addEventListener("change", function () { later(2000); });
    form.addEventListener("focusout", function (e) { if (e.target.form === form && !e.target.matches("button")) { save(); } });
    d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") { save(); } });
  }
  d.querySelectorAll("form[data-draft]").forEach(watch);
})(document);
