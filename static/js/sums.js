/* Shares that must add up say what they add up to while they are typed. */
(function () {
  "use strict";
  document.querySelectorAll("[data-sum]").forEach(function (group) {
    var total = group.querySelector("[data-total]");
    group.addEventListener("input", function () {
      var sum = 0;
      group.querySelectorAll("input[type=number]").forEach(function (field) {
        sum += Math.round(100 * (parseFloat(field.value) || 0));
      });
      total.textContent = (sum / 100).toFixed(2);
    });
  });
})();
