// The desk: a list with a search box (select2) takes the name of its field's label, which it does not do by itself.
(() => {
  const name = () => document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.parentNode.querySelector(".select2-selection");
    if (!label || !box) return;
    label.id ||= `${select.id}-label`;
    box.setAttribute("aria-labelledby", `${label.id} select2-${select.id}-container`);
    ["role", "aria-readonly"].forEach((word) => box.firstElementChild.removeAttribute(word));  // it is no field of its own
  });
  django.jQuery(name);  // in turn: after Django's own, which makes the lists
  document.addEventListener("formset:added", () => setTimeout(name));
})();
