/* What every page does with a script. Each part is a convenience: the page works without it. */
(() => {
  "use strict";
  const person = document.body.dataset.person || "";
  const answers = document.currentScript && document.currentScript.dataset.answers;
  document.documentElement.classList.add("js");

  // The zone of this device, offered at sign-up.
  document.querySelectorAll("[data-zone]").forEach((field) => {
    field.value = field.value || Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  });

  // A film or its sound: nothing of it is loaded before somebody asks for it; the link gives way to the player.
  document.querySelectorAll("[data-plays]").forEach((link) => link.addEventListener("click", (event) => {
    const kept = document.getElementById(link.dataset.plays);
    if (!kept || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const player = kept.content.firstElementChild.cloneNode(true);
    link.replaceWith(player);
    player.focus();
    player.play().catch(() => { /* the browser wants a second touch: the player stands there */ });
  }));

  // A refused form: go to its summary.
  const alert = document.querySelector(".alert-danger[tabindex]");
  if (alert) alert.focus();

  // The block at the top of the screen: kept for any device, and for the same page in another language.
  const reading = document.querySelector(".reading");
  const blocks = reading ? [...reading.querySelectorAll('[id^="b"]')].filter((el) => /^b\d+$/.test(el.id)) : [];
  const here = () => blocks.find((el) => el.getBoundingClientRect().bottom > 60);
  let sent = "";
  const keepPlace = () => {
    const block = here();
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (!block || !token || !reading.dataset.place || sent === block.id) return;
    sent = block.id;
    const body = new URLSearchParams({ block: block.id.slice(1), csrfmiddlewaretoken: token.value });
    fetch(reading.dataset.place, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => { sent = ""; });
  };
  if (reading) document.addEventListener("visibilitychange", () => document.hidden && keepPlace());

  // Switching language keeps the place on the page and what was typed.
  const bare = (path) => path.replace(/^\/(en|fr|es)\//, "/");
  const typed = () => [...document.querySelectorAll("main input, main textarea, main select")].filter(
    (el) => el.name && !el.closest("form.sheet") && !["hidden", "password", "file", "submit"].includes(el.type));
  document.querySelectorAll(".bar a[hreflang]").forEach((link) => link.addEventListener("click", () => {
    const block = here() || document.querySelector(".question:target");
    const question = [...document.querySelectorAll(".question")].find((el) => el.getBoundingClientRect().bottom > 60);
    if (block || question) link.hash = (block || question).id;
    const fields = typed().map((el) => [el.name, el.type === "checkbox" || el.type === "radio" ? el.checked : null, el.value]);
    try { sessionStorage.setItem("fdw.typed", JSON.stringify({ path: bare(location.pathname), fields })); } catch (e) { /* full or forbidden: only the convenience is gone */ }
  }));
  try {
    const kept = JSON.parse(sessionStorage.getItem("fdw.typed") || "null");
    sessionStorage.removeItem("fdw.typed");
    if (kept && kept.path === bare(location.pathname)) {
      const fields = typed();
      kept.fields.forEach(([name, checked, value]) => {
        const field = fields.find((el) => el.name === name && (checked === null || el.value === value));
        if (field && checked === null) field.value = value; else if (field) field.checked = checked;
      });
    }
  } catch (e) { /* storage forbidden */ }

  // Background work: look again by itself, less and less often, and say what is new.
  const work = document.querySelector("[data-job]");
  let pause = 700;
  const look = async () => {
    try {
      const found = await (await fetch(work.dataset.job, { headers: { Accept: "application/json" } })).json();
      if (found.html !== work.dataset.shown) { work.innerHTML = found.html; work.dataset.shown = found.html; }
      if (found.finished) return;
    } catch (e) { /* the line is cut: the next look may succeed */ }
    pause = Math.min(pause * 1.3, 15000);
    setTimeout(look, pause);
  };
  if (work) setTimeout(look, pause);

  // Answers that wait from an earlier page are sent from any page.
  try {
    if (person && answers && localStorage.getItem("fdw.answers." + person) && !document.querySelector('script[src*="answers"]:not([data-answers])')) {
      const script = document.createElement("script");
      script.src = answers;
      document.head.append(script);
    }
  } catch (e) { /* storage forbidden */ }
})();
